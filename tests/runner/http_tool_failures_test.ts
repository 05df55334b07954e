import assert from "assert";
import { callHttpTool, type HttpTool } from "../../runner/tools/http.ts";
import { ManualClock } from "../unit/manual_clock.ts";
import { callTool, type Seen, toolServer } from "./tool_call.ts";

const failures: Record<string, [response: () => Response, why: string]> = {
  "a failing server": [() => new Response("no", { status: 500 }), "its server answered 500"],
  "a redirect": [
    () => new Response(null, { status: 302, headers: { location: "https://other/" } }),
    "its server answered 302, to another host",
  ],
  "an answer that is not the JSON that it says it is": [
    () => new Response("{", { headers: { "content-type": "application/json" } }),
    "its server's answer is not the JSON that it says it is",
  ],
  "no server": [() => {
    throw new TypeError("error sending request for url (https://tools.example/look?secret)");
  }, "its server could not be reached"],
  "an answer that breaks off": [
    () => new Response(new ReadableStream({ pull: (c) => c.error(new TypeError("ended")) })),
    "its server broke its answer off",
  ],
};
for (const [name, [response, why]] of Object.entries(failures)) {
  Deno.test(`an HTTP tool with ${name} fails the call`, async () => {
    await assert.rejects(callTool({}, {}, response), {
      status: "INTERNAL",
      http: 502,
      message: `The tool "look" failed: ${why}`,
    });
  });
}

for (const method of ["GET", "PUT", "DELETE"]) {
  Deno.test(`an HTTP tool's ${method} is tried again after a failure that may pass`, async () => {
    const seen: Seen[] = [];
    const answer = (attempt: number) =>
      attempt === 1
        ? new Response("busy", { status: 503, headers: { "retry-after": "0" } })
        : attempt === 2
        ? broken()
        : Response.json({ ok: true });
    const { output } = await callTool({ method }, { a: 1 }, answer, seen);
    assert.deepEqual(output, { ok: true });
    assert.equal(seen.length, 3);
  });
}

Deno.test("an HTTP tool's server that names a day to come back is not waited for", async () => {
  const later = new Date(Date.now() + 24 * 3_600_000).toUTCString();
  const seen: Seen[] = [];
  const busy = () => new Response("busy", { status: 503, headers: { "retry-after": later } });
  await assert.rejects(callTool({ method: "GET" }, {}, busy, seen), { http: 502 });
  assert.equal(seen.length, 1);
});

Deno.test("an HTTP tool is tried again only as often, and only where, it may be", async (t) => {
  const status = (status: number) => () => new Response("busy", { status });
  const busy = status(503);
  const cases: [what: string, tool: Partial<HttpTool>, answer: () => Response, attempts: number][] =
    [
      ["a POST", { method: "POST", retries: 5 }, busy, 1],
      ["a PATCH", { method: "PATCH" }, busy, 1],
      ["a GET without retries", { method: "GET", retries: 0 }, busy, 1],
      ["a GET with one", { method: "GET", retries: 1 }, busy, 2],
      ["a GET that says no more", { method: "GET" }, busy, 3],
      ["one behind a gateway that fails", { method: "GET" }, status(522), 3],
      ["a failure that stays", { method: "GET" }, status(500), 1],
      ["a bad answer", { method: "GET" }, notJson, 1],
    ];
  for (const [what, tool, answer, attempts] of cases) {
    await t.step(what, async () => {
      const seen: Seen[] = [];
      await assert.rejects(callTool(tool, {}, answer, seen), { status: "INTERNAL", http: 502 });
      assert.equal(seen.length, attempts);
    });
  }
});

Deno.test("an HTTP tool's answer is read up to its limit", async (t) => {
  const failure = {
    message: 'The tool "look" failed: its server\'s answer is longer than 4 bytes',
  };
  const body = (text: string) => () => new Response(new Blob([text]).stream());
  await t.step("as long as it", async () => {
    assert.equal((await callTool({ maxResponseBytes: 4 }, {}, body("1234"))).output, "1234");
  });
  await t.step(
    "longer",
    () => assert.rejects(callTool({ maxResponseBytes: 4 }, {}, body("12345")), failure),
  );
  await t.step(
    "longer, as it says itself",
    () =>
      assert.rejects(
        callTool({ maxResponseBytes: 4 }, {}, () => {
          return new Response("12345", { headers: { "content-length": "5" } });
        }),
        failure,
      ),
  );
  await t.step("without an end", () =>
    assert.rejects(
      callTool({ maxResponseBytes: 4 }, {}, () => {
        const body = new ReadableStream({ pull: (c) => c.enqueue(new Uint8Array(3)) });
        return new Response(body);
      }),
      failure,
    ));
});

Deno.test("an HTTP tool's redirects are followed within its host", async () => {
  const seen: Seen[] = [];
  const answer = (attempt: number) =>
    attempt === 1
      ? new Response(null, { status: 303, headers: { location: "/there?x=1" } })
      : Response.json({ ok: true });
  const { output } = await callTool(
    { headers: { authorization: "Bearer x" } },
    { a: 1 },
    answer,
    seen,
  );
  assert.deepEqual(output, { ok: true });
  assert.equal(seen[1]!.url, "https://tools.example/there?x=1");
  assert.equal(seen[1]!.method, "GET");
  assert.equal(seen[1]!.body, "");
  assert.equal(seen[1]!.headers.authorization, "Bearer x");
});

Deno.test("an HTTP tool's redirects end somewhere", async () => {
  const round = () => new Response(null, { status: 307, headers: { location: "/round" } });
  const seen: Seen[] = [];
  await assert.rejects(callTool({}, {}, round, seen), /redirected more than 3 times/);
  assert.equal(seen.length, 4);
});

for (
  const location of [
    "http://tools.example/look",
    "https://tools.example:8443/",
    "//other/",
    "https://[bad",
  ]
) {
  Deno.test(`an HTTP tool does not follow a redirect to ${location}`, async () => {
    const seen: Seen[] = [];
    const answer = () => new Response(null, { status: 307, headers: { location } });
    await assert.rejects(
      callTool({}, {}, answer, seen),
      /its server answered 307, to another host$/,
    );
    assert.equal(seen.length, 1);
  });
}

Deno.test("an HTTP tool that does not answer ends with its time, and with its call", async () => {
  const arrived = Promise.withResolvers<void>();
  await using server = await toolServer(() => {
    arrived.resolve();
    return new Promise(() => {});
  });
  const clock = new ManualClock();
  const tool = { name: "look", url: server.url, timeoutSeconds: 7 };
  const timed = callHttpTool(tool, {}, { signal: new AbortController().signal, clock });
  await arrived.promise;
  clock.advance(7_000);
  await assert.rejects(timed, {
    message: 'The tool "look" failed: its server did not answer within 7 s',
  });
  const controller = new AbortController();
  const cancelled = callHttpTool(tool, {}, { signal: controller.signal, clock });
  controller.abort(new Error("the call is over"));
  await assert.rejects(cancelled, /the call is over/);
  assert.equal(clock.pending, 0);
});

function broken(): Response {
  throw new TypeError("error sending request");
}

function notJson(): Response {
  return new Response("{", { headers: { "content-type": "application/json" } });
}
