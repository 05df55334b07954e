import assert from "assert";
import { resources } from "../../../../operator/kubernetes/resources.ts";
import { elector, HaltingClock, LeaseServer, pass, settle } from "./lease_server.ts";

Deno.test("lease: the first one leads, the second waits", async () => {
  const server = new LeaseServer();
  const a = elector(server, "a");
  await settle();
  const b = elector(server, "b");
  await pass(60_000, a.clock, b.clock);
  assert.deepEqual([a.election.mayWrite(), b.election.mayWrite()], [true, false]);
  assert.deepEqual([server.spec.holderIdentity, b.election.holder], ["a", "a"]);
  a.stop.abort();
  b.stop.abort();
  await Promise.all([a.ended, b.ended]);
});

Deno.test("lease: a clean end gives it to the next one within a retry period", async () => {
  const server = new LeaseServer();
  const a = elector(server, "a");
  await settle();
  const b = elector(server, "b");
  await pass(5_000, a.clock, b.clock);
  a.stop.abort();
  assert.equal(await a.ended, "stopped");
  assert.deepEqual([server.spec.holderIdentity, a.election.mayWrite()], ["", false]);
  await pass(2_300, b.clock);
  assert.deepEqual([server.spec.holderIdentity, b.election.mayWrite()], ["b", true]);
  b.stop.abort();
  await b.ended;
});

Deno.test("lease: one that was killed is followed after its duration, not before", async () => {
  const server = new LeaseServer();
  const a = elector(server, "a");
  await settle();
  const b = elector(server, "b");
  await pass(4_000, a.clock, b.clock);
  // Nothing of `a` runs any more.
  await pass(12_900, b.clock);
  assert.equal(server.spec.holderIdentity, "a");
  // At once when it has run out, not a retry period later.
  await pass(2_300, b.clock);
  assert.equal(server.spec.holderIdentity, "b");
  assert.equal(server.spec.leaseTransitions, 1);
  a.stop.abort();
  b.stop.abort();
  await pass(12_000, a.clock);
  await Promise.all([a.ended, b.ended]);
});

Deno.test("lease: one that was halted may write nothing when it goes on, before any timer ran", async () => {
  const server = new LeaseServer();
  const clock = new HaltingClock();
  const a = elector(server, "a", { clock });
  await pass(4_000, clock);
  assert.equal(a.election.mayWrite(), true);
  clock.halted = true;
  clock.advance(10_001);
  assert.equal(a.election.mayWrite(), false);
  clock.halted = false;
  await pass(100, clock);
  assert.equal(await a.ended, "lost");
  assert.equal(a.state.leads, false);
});

Deno.test("lease: without an answer it ends at the renew deadline, before another can begin", async () => {
  const server = new LeaseServer();
  const a = elector(server, "a");
  await pass(4_000, a.clock);
  server.lost = () => "request";
  await pass(7_900, a.clock);
  assert.equal(a.election.mayWrite(), true);
  await pass(2_200, a.clock);
  assert.deepEqual([a.election.mayWrite(), await a.ended], [false, "lost"]);
});

Deno.test("lease: an answer that is lost is no loss of the lease", async () => {
  const server = new LeaseServer();
  const a = elector(server, "a");
  await pass(3_000, a.clock);
  let lose = true;
  server.lost = () => lose ? "answer" : "no";
  await pass(2_500, a.clock);
  lose = false;
  await pass(30_000, a.clock);
  assert.deepEqual([a.election.mayWrite(), server.spec.holderIdentity], [true, "a"]);
  a.stop.abort();
  await a.ended;
});

Deno.test("lease: somebody else's change of it, such as a label, is no loss", async () => {
  const server = new LeaseServer();
  const a = elector(server, "a");
  await pass(3_000, a.clock);
  await server.client("kubectl").update(
    resources.Lease,
    server.lease!,
  );
  await pass(30_000, a.clock);
  assert.equal(a.election.mayWrite(), true);
  a.stop.abort();
  await a.ended;
});

Deno.test("lease: it is lost at once where somebody gave it to another", async () => {
  const server = new LeaseServer();
  const a = elector(server, "a");
  await pass(3_000, a.clock);
  await server.client("kubectl").update(
    resources.Lease,
    { ...server.lease!, spec: { ...server.spec, holderIdentity: "b" } },
  );
  await pass(2_100, a.clock);
  assert.deepEqual([a.election.mayWrite(), await a.ended], [false, "lost"]);
  assert.equal(server.spec.holderIdentity, "b");
});

Deno.test("lease: the renew deadline counts from the start of a renewal, not from its answer", async () => {
  const server = new LeaseServer();
  const a = elector(server, "a");
  await pass(1_900, a.clock);
  const answer = Promise.withResolvers<void>();
  server.held = answer.promise;
  // It renews at 2.0 s, and has its answer at 7.0 s.
  await pass(5_000, a.clock);
  server.lost = () => "request";
  answer.resolve();
  await pass(5_000, a.clock);
  assert.equal(a.election.mayWrite(), true);
  await pass(200, a.clock);
  assert.equal(a.election.mayWrite(), false);
  assert.equal(await a.ended, "lost");
});

Deno.test("lease: one whose machine slept may write nothing, although its own clock stood still", async () => {
  const server = new LeaseServer();
  let slept = 0;
  const a = elector(server, "a", { slept: () => slept });
  await pass(4_000, a.clock);
  slept = 10_001;
  assert.equal(a.election.mayWrite(), false);
  await pass(2_100, a.clock);
  assert.equal(await a.ended, "lost");
});

Deno.test("lease: a wall clock that is set back makes no difference", async () => {
  const server = new LeaseServer();
  let slept = 0;
  const a = elector(server, "a", { slept: () => slept });
  await pass(4_000, a.clock);
  slept = -3_600_000;
  await pass(30_000, a.clock);
  assert.equal(a.election.mayWrite(), true);
  slept = -7_200_000;
  server.lost = () => "request";
  await pass(10_100, a.clock);
  assert.equal(a.election.mayWrite(), false);
  assert.equal(await a.ended, "lost");
});

Deno.test("lease: one that took it and never heard so takes it at the next try", async () => {
  const server = new LeaseServer();
  server.lost = () => server.requests === 2 ? "answer" : "no";
  const a = elector(server, "a");
  await settle();
  assert.deepEqual([server.spec.holderIdentity, a.election.mayWrite()], ["a", false]);
  await pass(2_300, a.clock);
  assert.equal(a.election.mayWrite(), true);
  a.stop.abort();
  await a.ended;
});

for (const found of ["makes", "takes"]) {
  Deno.test(`lease: one that is stopped while it ${found} it gives it back`, async () => {
    const server = new LeaseServer();
    if (found === "takes") {
      const before = elector(server, "before");
      await settle();
      before.stop.abort();
      await before.ended;
    }
    const a = elector(server, "a");
    const answer = Promise.withResolvers<void>();
    while (server.spec.holderIdentity !== "a") {
      await Promise.resolve();
      if (server.spec.holderIdentity === "a") server.held = answer.promise;
    }
    a.stop.abort();
    answer.resolve();
    assert.equal(await a.ended, "stopped");
    assert.equal(server.spec.holderIdentity, "");
  });
}

Deno.test("lease: work that fails fails the run, and the lease is given back", async () => {
  const server = new LeaseServer();
  const a = elector(server, "a", { work: () => Promise.reject(new Error("no")) });
  await assert.rejects(a.ended, /^Error: no$/);
  assert.equal(server.spec.holderIdentity, "");
});

Deno.test("lease: one that has run out is not asked for faster while the API server fails", async () => {
  const server = new LeaseServer();
  const a = elector(server, "a");
  await settle();
  const b = elector(server, "b");
  await pass(4_000, b.clock);
  server.lost = () => "request";
  await pass(16_000, b.clock);
  const before = server.requests;
  await pass(20_000, b.clock);
  assert.ok(server.requests - before <= 11, `${server.requests - before} requests`);
  assert.ok(b.state.errors > 0);
  a.stop.abort();
  b.stop.abort();
  await pass(12_000, a.clock, b.clock);
  await Promise.all([a.ended, b.ended]);
});
