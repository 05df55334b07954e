import assert from "assert";
import type { FlowCall, FlowHandle } from "../../runner/host/flow_handle.ts";
import type { CallResult } from "../../runner/host/sandbox_messages.ts";
import { AUDIENCE, tokenIssuer } from "../unit/runner/guard/token_issuer.ts";
import { echoFlow, fakeFlow, textChunk } from "./fake_flow.ts";
import { API_KEYS, guardedServer, KEYS } from "./guarded_server.ts";
import { RawClient } from "./raw_client.ts";
import { testServer } from "./test_server.ts";

const ann = { "x-api-key": KEYS.ann };
const bob = { "x-api-key": KEYS.bob };

function post(url: string, headers: Record<string, string> = {}, init: RequestInit = {}) {
  return fetch(url, { method: "POST", body: '{"name":"Ann"}', headers, ...init });
}

/** The status and the body of an answer; of an error its status word. */
async function said(answer: Promise<Response> | Response): Promise<string> {
  const response = await answer;
  const text = await response.text();
  return `${response.status} ${response.ok ? text : JSON.parse(text).error.status}`;
}

/** A flow whose calls wait until the test answers them, in order. */
function heldFlow() {
  const calls: { call: FlowCall; answer: (result: CallResult) => void }[] = [];
  let changed = Promise.withResolvers<void>();
  const handle: FlowHandle = fakeFlow((call) =>
    new Promise((answer) => {
      calls.push({ call, answer });
      changed.resolve();
      changed = Promise.withResolvers();
    })
  );
  const called = async (count: number) => {
    while (calls.length < count) await changed.promise;
    return calls[count - 1]!;
  };
  return { handle, calls, called };
}

/** Resolves when `is` holds; a guard has no event of its own for who waits. */
async function until(is: () => boolean): Promise<void> {
  while (!is()) await new Promise((resolve) => setTimeout(resolve, 1));
}

Deno.test("401 says how to call, and the flow hears nothing of it", async () => {
  const { handle, calls } = heldFlow();
  await using server = await guardedServer({ f: { handle, auth: API_KEYS } });
  const attempts: Record<string, string>[] = [
    {},
    { "x-api-key": "wrong" },
    { authorization: `Bearer ${KEYS.ann}` },
  ];
  for (const headers of attempts) {
    const response = await post(`${server.url}/f`, headers);
    assert.equal(response.status, 401);
    const challenge = response.headers.get("www-authenticate");
    assert.equal(challenge, 'ApiKey realm="genkitd", header="x-api-key"');
    const { error } = await response.json();
    assert.deepEqual([error.status, error.requestId], ["UNAUTHENTICATED", "id-1"]);
  }
  assert.equal(calls.length, 0);
});

Deno.test("a caller that is known is answered, and the flow is told who it is", async () => {
  const handle = fakeFlow(({ auth }) => ({ text: auth ? JSON.stringify(auth) : "nobody" }));
  await using server = await guardedServer({ f: { handle, auth: API_KEYS }, open: { handle } });
  assert.equal(await said(post(`${server.url}/f`, bob)), '200 {"caller":"bob"}');
  assert.equal(await said(post(`${server.url}/open`, bob)), "200 nobody");
});

Deno.test("two flows are apart: keys, limits and counts of one are nothing to the other", async () => {
  await using issuer = await tokenIssuer();
  const jwt = { issuer: issuer.url, audiences: [AUDIENCE] };
  await using server = await guardedServer({
    keys: { handle: echoFlow, auth: API_KEYS, limits: { requestsPerSecond: 0.1 } },
    tokens: { handle: echoFlow, auth: { jwt }, limits: { bodyBytes: 4 } },
  });
  const token = { authorization: `Bearer ${await issuer.token()}` };
  assert.equal(await said(post(`${server.url}/tokens`, ann)), "401 UNAUTHENTICATED");
  assert.equal(await said(post(`${server.url}/keys`, token)), "401 UNAUTHENTICATED");
  assert.match(await said(post(`${server.url}/keys`, ann)), /^200/);
  assert.match(await said(post(`${server.url}/keys`, ann)), /^429/);
  assert.match(await said(post(`${server.url}/tokens`, token)), /^413/);
  assert.match(await said(post(`${server.url}/tokens`, token, { body: "{}" })), /^200/);
  assert.match(await said(post(`${server.url}/tokens`, token, { body: "{}" })), /^200/);
});

Deno.test("403 for a claim, 503 without the issuer", async () => {
  await using issuer = await tokenIssuer();
  const jwt = { issuer: issuer.url, audiences: [AUDIENCE], claims: { role: "admin" } };
  await using server = await guardedServer({
    f: { handle: echoFlow, auth: { jwt } },
    g: { handle: echoFlow, auth: { jwt } },
  });
  const of = async (role: string) => ({ authorization: `Bearer ${await issuer.token({ role })}` });
  assert.match(await said(post(`${server.url}/f`, await of("admin"))), /^200/);
  const refused = await post(`${server.url}/f`, await of("guest"));
  assert.equal(refused.headers.get("www-authenticate"), null);
  assert.equal(await said(refused), "403 PERMISSION_DENIED");
  issuer.answer = () => new Response(null, { status: 500 });
  const down = await post(`${server.url}/g`, await of("admin"));
  assert.equal(down.headers.get("retry-after"), "5");
  assert.equal(await said(down), "503 UNAVAILABLE");
});

Deno.test("the body of a caller that may not call is not waited for", async () => {
  const { handle, calls } = heldFlow();
  await using server = await guardedServer({
    f: { handle, auth: API_KEYS },
    g: { handle: echoFlow, limits: { requestsPerSecond: 0.1 } },
    h: { handle: echoFlow, limits: { concurrency: 1, queue: 0 } },
  });
  assert.match(await said(post(`${server.url}/g`)), /^200/);
  const leave = await server.guards.get("h")!.enter(new AbortController().signal);
  for (const [path, status] of [["f", 401], ["g", 429], ["h", 503]]) {
    for (const length of ["Content-Length: 1000000", "Transfer-Encoding: chunked"]) {
      using client = await RawClient.connect(server.port);
      await client.send(`POST /${path} HTTP/1.1\r\nHost: x\r\n${length}\r\n\r\n`);
      assert.match(await client.readUntil("\r\n"), new RegExp(`^HTTP/1.1 ${status} `));
    }
  }
  assert.equal(calls.length, 0);
  leave();
});

Deno.test("413 by the flow's own limit, whether the length is told or not", async () => {
  await using server = await guardedServer({
    small: { handle: echoFlow, limits: { bodyBytes: 10 } },
    usual: { handle: echoFlow },
  });
  for (const [body, status] of [['{"a":"12"}', 200], ['{"a":"123"}', 413]] as const) {
    const bytes = new TextEncoder().encode(body);
    for (const sent of [body, new Blob([bytes]).stream()]) {
      assert.equal(
        (await said(post(`${server.url}/small`, {}, { body: sent }))).slice(0, 3),
        `${status}`,
      );
    }
    assert.match(await said(post(`${server.url}/usual`, {}, { body })), /^200/);
  }
});

Deno.test("429 tells when to come again, and whoever does is answered", async () => {
  await using server = await guardedServer({
    f: { handle: echoFlow, auth: API_KEYS, limits: { requestsPerSecond: 0.2, burst: 2 } },
  });
  const url = `${server.url}/f`;
  assert.match(await said(post(url, ann)), /^200/);
  assert.match(await said(post(url, ann)), /^200/);
  const late = await post(url, ann);
  assert.equal(late.headers.get("retry-after"), "5");
  assert.equal(await said(late), "429 RESOURCE_EXHAUSTED");
  assert.match(await said(post(url, bob)), /^200/, "each caller for itself");
  server.clock.advance(5_000);
  assert.match(await said(post(url, ann)), /^200/);
  assert.match(await said(post(url, ann)), /^429/);
});

Deno.test("the tokens that a call used count against the minute's, streamed or not", async () => {
  const usage = { inputTokens: 40, outputTokens: 60 };
  const handle = fakeFlow(() => ({ text: "x", usage }));
  const flow = { handle, limits: { tokensPerMinute: 150 } };
  await using server = await guardedServer({ f: flow, g: flow });
  for (const path of ["f", "g?stream=true"]) {
    const url = `${server.url}/${path}`;
    assert.match(await said(post(url)), /^200/);
    assert.match(await said(post(url)), /^200/);
    const late = await post(url);
    assert.equal(late.headers.get("retry-after"), "21", "50 too many, at 2.5 a second");
    assert.equal(await said(late), "429 RESOURCE_EXHAUSTED");
  }
});

Deno.test("as many run as the flow takes, more wait in order, and beyond them it is 503", async () => {
  const { handle, calls, called } = heldFlow();
  await using server = await guardedServer({
    f: { handle, limits: { concurrency: 1, queue: 2 } },
    g: { handle: echoFlow, limits: { concurrency: 1, queue: 0 } },
  });
  const guard = server.guards.get("f")!;
  const url = `${server.url}/f`;
  const answers: Promise<string>[] = [];
  for (const [index, name] of ["a", "b", "c"].entries()) {
    answers.push(said(post(url, {}, { body: JSON.stringify({ name }) })));
    await until(() => guard.load.inside + guard.load.waiting === index + 1);
  }
  for (const more of [url, `${url}?stream=true`]) {
    const shed = await post(more);
    assert.equal(shed.headers.get("retry-after"), "1");
    assert.equal(await said(shed), "503 UNAVAILABLE");
  }
  assert.match(await said(post(`${server.url}/g`)), /^200/, "another flow is not hindered");
  for (const [index, name] of ["a", "b", "c"].entries()) {
    const { call, answer } = await called(index + 1);
    assert.deepEqual(call.input, { name });
    assert.equal(calls.length, index + 1);
    answer({ text: name });
    assert.equal(await answers[index], `200 ${name}`);
  }
  await until(() => guard.load.inside === 0);
});

Deno.test("504 when the flow's own time is up, the wait for a turn included", async () => {
  const { handle, calls, called } = heldFlow();
  await using server = await guardedServer({
    f: { handle, limits: { concurrency: 1, queue: 2, timeoutSeconds: 10 } },
  });
  const guard = server.guards.get("f")!;
  const url = `${server.url}/f`;
  const first = said(post(url));
  await called(1);
  const second = said(post(url));
  await until(() => guard.load.waiting === 1);
  server.clock.advance(4_000);
  const third = post(`${url}?stream=true`);
  await until(() => guard.load.waiting === 2);
  server.clock.advance(5_999);
  assert.deepEqual([calls.length, guard.load], [1, { inside: 1, waiting: 2 }]);
  server.clock.advance(1);
  assert.equal(await first, "504 DEADLINE_EXCEEDED");
  assert.ok(calls[0]!.call.signal.aborted, "the flow is told");
  assert.equal(await second, "504 DEADLINE_EXCEEDED", "it waited for the whole of its time");
  // The one that is left has 4 of its 10 seconds.
  const { call } = await called(2);
  server.clock.advance(3_999);
  assert.ok(!call.signal.aborted);
  server.clock.advance(1);
  assert.match(await said(third), /^200 data: .*DEADLINE_EXCEEDED/);
  assert.deepEqual(guard.load, { inside: 0, waiting: 0 });
});

Deno.test("a flow that fails gives its place back", async () => {
  const handle = fakeFlow(() => {
    throw new Error("broken");
  });
  await using server = await guardedServer({ f: { handle, limits: { concurrency: 1, queue: 0 } } });
  for (const path of ["f", "f?stream=true", "f"]) {
    assert.match(await said(post(`${server.url}/${path}`)), /INTERNAL/);
  }
  assert.deepEqual(server.guards.get("f")!.load, { inside: 0, waiting: 0 });
});

Deno.test("a body that is refused takes no place", async () => {
  await using server = await guardedServer({
    f: { handle: echoFlow, limits: { concurrency: 1, queue: 0 } },
  });
  for (const body of ["{", "[]", '{"x":', "\xff"]) {
    assert.match(await said(post(`${server.url}/f`, {}, { body })), /^400/);
  }
  assert.match(await said(post(`${server.url}/f`)), /^200/);
});

Deno.test("a stream keeps its place to its end", async () => {
  const { handle, called } = heldFlow();
  await using server = await guardedServer({ f: { handle, limits: { concurrency: 1, queue: 1 } } });
  const guard = server.guards.get("f")!;
  using first = await RawClient.connect(server.port);
  await first.post("/f?stream=true", "{}");
  const { call, answer } = await called(1);
  await call.onChunk!(textChunk("one"));
  await first.readUntil('"one"');
  const second = said(post(`${server.url}/f`));
  await until(() => guard.load.waiting === 1);
  await call.onChunk!(textChunk("two"));
  await first.readUntil('"two"');
  assert.deepEqual(guard.load, { inside: 1, waiting: 1 });
  answer({ text: "onetwo" });
  await first.readUntil('"onetwo"');
  (await called(2)).answer({ text: "next" });
  assert.equal(await second, "200 next");
});

Deno.test("a caller that goes gives its place back, running, streaming or waiting", async () => {
  const { handle, calls, called } = heldFlow();
  await using server = await guardedServer({ f: { handle, limits: { concurrency: 1, queue: 1 } } });
  const guard = server.guards.get("f")!;
  for (const path of ["/f", "/f?stream=true"]) {
    const running = await RawClient.connect(server.port);
    await running.post(path, "{}");
    const { call } = await called(calls.length + 1);
    const waiting = await RawClient.connect(server.port);
    await waiting.post(path, "{}");
    await until(() => guard.load.waiting === 1);
    waiting[Symbol.dispose]();
    await until(() => guard.load.waiting === 0);
    assert.ok(!call.signal.aborted);
    running[Symbol.dispose]();
    await until(() => guard.load.inside === 0);
    assert.ok(call.signal.aborted, "the flow is told");
  }
  assert.equal(calls.length, 2, "who went while waiting was never called for");
});

Deno.test("a connection stays open for as long as the flow may be silent", async () => {
  const { handle, called } = heldFlow();
  // Longer than a busy machine takes to bring a request.
  const limits = { stallTimeout: 2_000 };
  await using server = await guardedServer({
    usual: { handle },
    slow: { handle, limits: { timeoutSeconds: 3600 } },
  }, limits);
  using slow = await RawClient.connect(server.port);
  await slow.post("/slow", "{}");
  const { answer } = await called(1);
  // This one begins later and is cut first.
  using usual = await RawClient.connect(server.port);
  await usual.post("/usual", "{}");
  await called(2);
  assert.equal(await usual.readToEnd(), "");
  answer({ text: "after long thought" });
  assert.match(await slow.readUntil("after long thought"), /^HTTP\/1.1 200 /);
});

Deno.test("a flow without a guard is not called where guards stand", async () => {
  const { handle, calls } = heldFlow();
  await using server = await testServer({ f: handle }, { guards: () => undefined });
  assert.equal(await said(post(`${server.url}/f`)), "503 UNAVAILABLE");
  assert.equal(calls.length, 0);
});

Deno.test("no answer and no line of the log holds a key or a token", async () => {
  await using issuer = await tokenIssuer();
  const jwt = { issuer: issuer.url, audiences: [AUDIENCE], claims: { role: "admin" } };
  await using server = await guardedServer({
    f: { handle: echoFlow, auth: { ...API_KEYS, jwt }, limits: { requestsPerSecond: 1, burst: 1 } },
  });
  const tokens = [
    await issuer.token({ role: "admin" }),
    await issuer.token({ role: "guest-marker" }),
    await issuer.token({ exp: 1 }),
    `${await issuer.token()}x`,
  ];
  const attempts = [
    ...[KEYS.ann, KEYS.ann, "wrong-key-marker"].map((key) => ({ "x-api-key": key })),
    ...tokens.map((token) => ({ authorization: `Bearer ${token}` })),
    { authorization: `Bearer ${tokens[0]}` },
    { authorization: "Basic dXNlci1tYXJrZXI=" },
  ];
  let all = "";
  const statuses = [];
  for (const headers of attempts) {
    const response = await post(`${server.url}/f`, headers);
    statuses.push(response.status);
    all += JSON.stringify([...response.headers]) + await response.text();
  }
  assert.deepEqual(statuses, [200, 429, 401, 200, 403, 401, 401, 429, 401]);
  all += JSON.stringify(server.lines);
  const parts = tokens.flatMap((token) => token.split("."));
  const secrets = [KEYS.ann, "marker", "dXNlci1tYXJrZXI=", ...parts];
  for (const secret of secrets) assert.ok(!all.includes(secret), secret);
});
