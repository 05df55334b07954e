/** What an interrupted call's token is good for, and what it is not. */
import assert from "assert";
import { APPROVAL_TIME } from "../../runner/host/approvals.ts";
import {
  approvalServer,
  asks,
  PLANTED,
  PROVIDER_KEY,
  SECRET,
  toolOutputs,
} from "./approval_server.ts";
import { API_KEYS, KEYS } from "./guarded_server.ts";

type Server = Awaited<ReturnType<Awaited<ReturnType<typeof approvalServer>>["start"]>>;

/** Approves, and gives the status and the message of what became of it. */
async function approve({ post }: Server, resume: string, more: Parameters<Server["post"]>[1] = {}) {
  const response = await post({ resume, decisions: [{ ref: "1", decision: "approve" }] }, more);
  const text = await response.text();
  if (response.ok) return `200 ${text}`;
  const { error } = JSON.parse(text);
  return `${response.status} ${error.status} ${error.message}`;
}

const ALTERED =
  "400 INVALID_ARGUMENT Cannot resume the call: its token is not one that this flow " +
  "gave, or was altered; call the flow anew";

Deno.test("a token that was altered is refused, wherever that was", async () => {
  await using server = await approvalServer();
  const flow = await server.start();
  const { resume } = await flow.interrupt();
  const at = (i: number) =>
    resume.slice(0, i) + (resume[i] === "A" ? "B" : "A") + resume.slice(i + 1);
  for (const altered of [at(0), at(10), at(40), at(resume.length - 3), `${resume}AAAA`, "", "x"]) {
    assert.equal(await approve(flow, altered), ALTERED);
  }
  assert.equal(await approve(flow, "genkitd1." + "A".repeat(300_000)), ALTERED);
  assert.deepEqual(server.ran, []);
  assert.equal(await approve(flow, resume), "200 done /refund");
});

Deno.test("another process with the same credentials goes on, as does one with the same secret", async () => {
  await using server = await approvalServer();
  const [before, after] = [await server.start(), await server.start()];
  assert.equal(await approve(after, (await before.interrupt()).resume), "200 done /refund");
  assert.deepEqual(before.warnings, []);
  const [first, second] = [
    await server.start({ secret: SECRET }),
    await server.start({ secret: SECRET }),
  ];
  const { resume } = await first.interrupt();
  assert.equal(await approve(second, resume), "200 done /refund");
  assert.equal(await approve(before, resume), ALTERED);
});

Deno.test("a token runs an approved tool once in a process, and another process does not know", async () => {
  await using server = await approvalServer();
  const [one, other] = [await server.start(), await server.start()];
  const { resume } = await one.interrupt();
  assert.equal(await approve(one, resume), "200 done /refund");
  assert.equal(
    await approve(one, resume),
    "409 ABORTED Cannot resume the call: its tools have been approved before, and would run again; " +
      "call the flow anew",
  );
  assert.equal(server.ran.length, 1);
  assert.equal(await approve(other, resume), "200 done /refund");
});

Deno.test("a rejection may be said again, as after a failure of the model", async () => {
  let fails = true;
  await using server = await approvalServer({
    ask: (request) =>
      toolOutputs(request).length === 0
        ? asks(["refund", {}])
        : fails
        ? new Response(null, { status: 503 })
        : { content: "as you wish" },
  });
  const { post, interrupt } = await server.start();
  const { resume } = await interrupt();
  const body = { resume, decisions: [{ ref: "1", decision: "reject" }] };
  assert.equal((await post(body)).status, 503);
  fails = false;
  assert.equal(await (await post(body)).text(), "as you wish");
});

Deno.test("a token is good for an hour", async () => {
  await using server = await approvalServer();
  let now = Date.UTC(2026, 0, 1);
  const flow = await server.start({ time: () => now });
  const { resume, expiresAt } = await flow.interrupt();
  assert.equal(expiresAt, "2026-01-01T01:00:00.000Z");
  now += APPROVAL_TIME;
  assert.equal(
    await approve(flow, resume),
    "400 FAILED_PRECONDITION Cannot resume the call: its token is good for an hour, and has " +
      "expired; call the flow anew",
  );
  now -= 1;
  assert.equal(await approve(flow, resume), "200 done /refund");
});

Deno.test("a token is its flow's, and of one version of it", async () => {
  await using server = await approvalServer({
    more: (shop) => [{ ...shop, name: "store" }],
  });
  const flow = await server.start();
  const { resume } = await flow.interrupt();
  assert.equal(await approve(flow, resume, { flow: "store" }), ALTERED);
  const changed = { ...server.definition, prompts: [{ name: "main", source: "New" }] };
  assert.equal(
    await approve(await server.start({ now: [changed] }), resume),
    "400 FAILED_PRECONDITION Cannot resume the call: the flow has changed since; call the flow anew",
  );
  assert.deepEqual(server.ran, []);
});

Deno.test("a token is its caller's", async () => {
  await using server = await approvalServer({ auth: API_KEYS });
  const flow = await server.start();
  const [ann, bob] = [KEYS.ann, KEYS.bob].map((key) => ({ headers: { "x-api-key": key } }));
  const { resume } = await flow.interrupt(ann!.headers);
  assert.match(await approve(flow, resume), /^401 /);
  assert.equal(
    await approve(flow, resume, bob),
    "403 PERMISSION_DENIED Cannot resume the call: it was another caller's, who should resume it",
  );
  assert.deepEqual(server.ran, []);
  assert.equal(await approve(flow, resume, ann), "200 done /refund");
});

Deno.test("each pending call has one decision", async () => {
  await using server = await approvalServer({ ask: asks(["refund", {}], ["refund", {}]) });
  const { post, interrupt } = await server.start();
  const { resume } = await interrupt();
  const refused = async (...decisions: unknown[]) => {
    const response = await post({ resume, decisions });
    assert.equal(response.status, 400);
    return (await response.json()).error.message;
  };
  const [one, two] = [{ ref: "1", decision: "approve" }, { ref: "2", decision: "approve" }];
  assert.equal(
    await refused(one),
    'Cannot resume the call: the pending call "2" has no decision, each should have one',
  );
  assert.match(await refused(one, one), /call "2" has no decision/);
  assert.match(await refused(one, two, { ref: "3", decision: "approve" }), /are 3 decisions for 2/);
  assert.equal(
    await refused({ ref: "1", decision: "allow" }, two),
    'Cannot resume the call: "decisions[0].decision" should be "approve", "reject" or "respond"',
  );
  assert.deepEqual(server.ran, []);
  assert.equal((await post({ resume, decisions: [one, two] })).status, 200);
});

Deno.test("a conversation that is too long for a token says so", async () => {
  await using server = await approvalServer();
  const { post } = await server.start();
  const response = await post({ name: "x".repeat(200_000) });
  assert.equal(response.status, 400);
  assert.match((await response.json()).error.message, /too long to wait for it: .* 262144 bytes/);
});

Deno.test("neither the token nor what it holds is in a log, and callers cannot read it", async () => {
  await using server = await approvalServer();
  const flow = await server.start();
  const { resume } = await flow.interrupt();
  await approve(flow, resume);
  await approve(flow, resume);
  const text = atob(resume.slice("genkitd1.".length).replaceAll("-", "+").replaceAll("_", "/"));
  const told = [JSON.stringify(server.lines), text];
  for (const secret of [resume, PLANTED, PROVIDER_KEY]) {
    assert.ok(told.every((told) => !told.includes(secret)), secret);
  }
});
