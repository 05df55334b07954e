import assert from "assert";
import { ApiError } from "../../../../operator/kubernetes/api_error.ts";
import type { Client } from "../../../../operator/kubernetes/client.ts";
import { LeaseElection } from "../../../../operator/kubernetes/lease_election.ts";
import type { KubernetesObject } from "../../../../operator/kubernetes/object.ts";
import { ManualClock } from "../../manual_clock.ts";

const lease = { namespace: "genkitd-system", name: "genkitd-operator" };

/** An API server that has one Lease, with versions and conflicts. */
class LeaseServer {
  lease: KubernetesObject | undefined;
  #version = 0;
  /** Whether a client's request is lost, on the way there or on the way back. */
  lost: (identity: string) => "no" | "request" | "answer" = () => "no";

  client(identity: string): Pick<Client, "get" | "create" | "update"> {
    const call = async <T>(work: () => T): Promise<T> => {
      await Promise.resolve();
      const lost = this.lost(identity);
      if (lost === "request") throw new ApiError("Cannot reach", { status: 0 });
      const result = work();
      if (lost === "answer") throw new ApiError("Cannot hear", { status: 0 });
      return structuredClone(result);
    };
    const write = (object: KubernetesObject) => {
      const metadata = { ...object.metadata, resourceVersion: String(++this.#version) };
      return this.lease = { ...structuredClone(object), metadata };
    };
    return {
      get: () => call(() => this.lease),
      create: (_, object) =>
        call(() => {
          if (this.lease) throw new ApiError("exists", { status: 409, reason: "AlreadyExists" });
          return write(object);
        }),
      update: (_, object) =>
        call(() => {
          if (this.lease?.metadata.resourceVersion !== object.metadata.resourceVersion) {
            throw new ApiError("conflict", { status: 409, reason: "Conflict" });
          }
          return write(object);
        }),
    };
  }

  get holder(): unknown {
    return (this.lease?.spec as { holderIdentity?: string } | undefined)?.holderIdentity;
  }
}

/** Lets everything run that needs no time. */
async function settle(): Promise<void> {
  for (let turns = 0; turns < 20; turns++) await Promise.resolve();
}

/** A clock that a process has stopped looking at while it is halted. */
class HaltingClock extends ManualClock {
  halted = false;
  #skipped = 0;

  override advance(ms: number): void {
    if (this.halted) this.#skipped += ms;
    else super.advance(ms + this.#skipped), this.#skipped = 0;
  }

  /** Time goes on for a halted process, but nothing of it runs. */
  override now(): number {
    return super.now() + this.#skipped;
  }
}

function elector(server: LeaseServer, identity: string, clock = new HaltingClock()) {
  const stop = new AbortController();
  const state = { leads: false, ended: undefined as string | undefined };
  const election = new LeaseElection({
    client: server.client(identity),
    lease,
    identity,
    clock,
    wall: () => clock.now(),
    random: () => 0.5,
    onError: () => {},
  });
  const ended = election.run(stop.signal, async (signal) => {
    state.leads = true;
    const { promise, resolve } = Promise.withResolvers<void>();
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve());
    await promise;
    state.leads = false;
  }).then((end) => state.ended = end);
  return { election, clock, state, stop, ended };
}

/** Moves all clocks on, in steps of 100 ms, each with time for what it sets off. */
async function pass(ms: number, ...clocks: ManualClock[]): Promise<void> {
  for (let passed = 0; passed < ms; passed += 100) {
    for (const clock of clocks) clock.advance(100);
    await settle();
  }
}

Deno.test("lease: the first one leads, the second waits", async () => {
  const server = new LeaseServer();
  const a = elector(server, "a");
  await settle();
  const b = elector(server, "b");
  await pass(60_000, a.clock, b.clock);
  assert.deepEqual([a.election.mayWrite(), b.election.mayWrite()], [true, false]);
  assert.deepEqual([server.holder, b.election.holder], ["a", "a"]);
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
  assert.deepEqual([server.holder, a.election.mayWrite()], ["", false]);
  await pass(2_300, b.clock);
  assert.deepEqual([server.holder, b.election.mayWrite()], ["b", true]);
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
  assert.equal(server.holder, "a");
  await pass(6_000, b.clock);
  assert.equal(server.holder, "b");
  assert.equal((server.lease!.spec as { leaseTransitions: number }).leaseTransitions, 1);
  a.stop.abort();
  b.stop.abort();
  await pass(12_000, a.clock);
  await Promise.all([a.ended, b.ended]);
});

Deno.test("lease: one that was halted may write nothing when it goes on, before any timer ran", async () => {
  const server = new LeaseServer();
  const clock = new HaltingClock();
  const a = elector(server, "a", clock);
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
  assert.deepEqual([a.election.mayWrite(), server.holder], [true, "a"]);
  a.stop.abort();
  await a.ended;
});

Deno.test("lease: somebody else's change of it, such as a label, is no loss", async () => {
  const server = new LeaseServer();
  const a = elector(server, "a");
  await pass(3_000, a.clock);
  await server.client("kubectl").update(
    { group: "", version: "", kind: "", plural: "", namespaced: true },
    server.lease!,
  );
  await pass(30_000, a.clock);
  assert.equal(a.election.mayWrite(), true);
  a.stop.abort();
  await a.ended;
});

Deno.test("lease: there are never two that may write, whatever is lost or halted (400 random runs)", async () => {
  let seed = 1;
  const random = () => (seed = seed * 48271 % 0x7fffffff) / 0x7fffffff;
  let leaders = 0;
  for (let run = 0; run < 400; run++) {
    const server = new LeaseServer();
    const all = ["e0", "e1", "e2"].map((identity) => elector(server, identity));
    const bad = new Map<string, number>();
    server.lost = (identity) =>
      random() < (bad.get(identity) ?? 0) ? (random() < 0.5 ? "request" : "answer") : "no";
    for (let step = 0; step < 60; step++) {
      const one = Math.floor(random() * 3);
      if (random() < 0.1) bad.set(`e${one}`, random());
      if (random() < 0.1) all[one]!.clock.halted = !all[one]!.clock.halted;
      if (random() < 0.01) all[one]!.stop.abort();
      const ms = Math.floor(random() * 2_000);
      for (const { clock } of all) clock.advance(ms);
      await settle();
      const writers = all.filter(({ election }) => election.mayWrite());
      assert.ok(writers.length <= 1, `run ${run}, step ${step}: ${writers.length} may write`);
      leaders += writers.length;
    }
    for (const { stop, clock } of all) {
      stop.abort();
      clock.halted = false;
    }
    server.lost = () => "no";
    await pass(12_000, ...all.map(({ clock }) => clock));
    await Promise.all(all.map(({ ended }) => ended));
  }
  assert.ok(leaders > 10_000, `somebody led most of the time: ${leaders}`);
});
