import assert from "assert";
import { AuthenticationError } from "../../../../runner/guard/authentication_error.ts";
import { FlowGuard, type GuardSettings } from "../../../../runner/guard/flow_guard.ts";
import { FlowError } from "../../../../shared/flow_error.ts";
import { ManualClock } from "../../manual_clock.ts";
import { AUDIENCE, tokenIssuer } from "./token_issuer.ts";

const apiKeys = { header: "x-api-key", dir: "/genkit/api-keys" };

function requestWith(headers: Record<string, string>) {
  return { headers: new Headers(headers), url: "http://127.0.0.1/flow" };
}

function guardOf(settings: GuardSettings, keys: Record<string, string> = { ann: "a", bob: "b" }) {
  const clock = new ManualClock();
  const guard = new FlowGuard(settings, { listening: "127.0.0.1", clock });
  guard.readApiKeys = () => new Map(Object.entries(keys));
  const admit = (headers: Record<string, string> = {}, address = "10.0.0.1") =>
    guard.admit({ request: requestWith(headers), address });
  /** The status of the answer, with the seconds after which to come again. */
  const status = async (headers?: Record<string, string>, address?: string) => {
    try {
      await admit(headers, address);
      return "200";
    } catch (error) {
      assert.ok(error instanceof FlowError);
      const after = error.retryAfter === undefined ? "" : ` after ${Math.ceil(error.retryAfter)}`;
      return `${error.http}${after}`;
    }
  };
  return { guard, clock, admit, status };
}

Deno.test("without auth anybody may call, and prompts see no @auth", async () => {
  const { admit } = guardOf({});
  assert.deepEqual(await admit({ "x-api-key": "?", authorization: "Bearer ?" }), {
    name: "address 10.0.0.1",
  });
});

Deno.test("a caller is known by its key, in the flow's own header", async () => {
  const { admit } = guardOf({ auth: { apiKeys: { ...apiKeys, header: "X-Team-Key" } } });
  assert.deepEqual(await admit({ "x-team-key": "b" }), {
    name: "key bob",
    auth: { caller: "bob" },
  });
});

Deno.test("a key can stand in authorization, beside tokens too", async () => {
  await using issuer = await tokenIssuer();
  const keys = { ...apiKeys, header: "Authorization" };
  const jwt = { issuer: issuer.url, audiences: [AUDIENCE] };
  const alone = guardOf({ auth: { apiKeys: keys } });
  const both = guardOf({ auth: { apiKeys: keys, jwt } });
  for (const { admit, status } of [alone, both]) {
    assert.equal((await admit({ authorization: "bearer  a" })).name, "key ann");
    for (const wrong of ["Bearer x", "a", "Basic a", "Bearer", "Bearer a b"]) {
      assert.equal(await status({ authorization: wrong }), "401", wrong);
    }
  }
  const authorization = `Bearer ${await issuer.token()}`;
  assert.equal((await both.admit({ authorization })).name, `token ${issuer.url} ann`);
  assert.equal(await alone.status({ authorization }), "401");
});

Deno.test("the claims of a token are what prompts see; its subject is the caller", async () => {
  await using issuer = await tokenIssuer();
  const { admit } = guardOf({ auth: { jwt: { issuer: issuer.url, audiences: [AUDIENCE] } } });
  const authorization = `Bearer ${await issuer.token({ sub: "zoe", team: "blue" })}`;
  const { name, auth } = await admit({ authorization });
  assert.equal(name, `token ${issuer.url} zoe`);
  assert.deepEqual([auth?.sub, auth?.team], ["zoe", "blue"]);
});

const issuer = "https://issuer.example.com";
const jwt = { issuer, audiences: ["a"] };
const challenges: [
  settings: GuardSettings,
  headers: Record<string, string>,
  message: string,
  challenges: string[],
][] = [
  [
    { auth: { apiKeys } },
    {},
    'the call should have an API key in the header "x-api-key"',
    ['ApiKey realm="genkitd", header="x-api-key"'],
  ],
  [
    { auth: { apiKeys } },
    { "x-api-key": "x" },
    "the API key is not known",
    ['ApiKey realm="genkitd", header="x-api-key"'],
  ],
  [
    { auth: { apiKeys } },
    { "x-api-key": "" },
    'the call should have an API key in the header "x-api-key"',
    ['ApiKey realm="genkitd", header="x-api-key"'],
  ],
  [
    { auth: { apiKeys: { ...apiKeys, header: "authorization" } } },
    {},
    'the call should have an API key in the header "authorization"',
    ['Bearer realm="genkitd"'],
  ],
  [
    { auth: { jwt } },
    { authorization: "Basic YTpi" },
    'the call should have a token in the header "authorization: Bearer …"',
    ['Bearer realm="genkitd"'],
  ],
  [
    { auth: { jwt } },
    { authorization: "Bearer x" },
    "the token is not valid",
    ['Bearer realm="genkitd", error="invalid_token"'],
  ],
  [
    { auth: { apiKeys, jwt } },
    {},
    'the call should have an API key in the header "x-api-key" or a token in the header ' +
    '"authorization: Bearer …"',
    ['Bearer realm="genkitd"', 'ApiKey realm="genkitd", header="x-api-key"'],
  ],
];

for (const [settings, headers, message, expected] of challenges) {
  const { auth } = settings;
  Deno.test(`401 to ${JSON.stringify(headers)} where auth is ${Object.keys(auth!)}: ${message}`, async () => {
    const error = await guardOf(settings).admit(headers).catch((error) => error);
    assert.ok(error instanceof AuthenticationError);
    assert.equal(error.message, message);
    assert.deepEqual(error.challenges, expected);
  });
}

Deno.test("nobody gets in while the keys cannot be read, or nobody has one", async () => {
  const { guard, status } = guardOf({ auth: { apiKeys } });
  guard.readApiKeys = () => Promise.reject(new Error("disk"));
  await assert.rejects(() =>
    guard.admit({ request: requestWith({ "x-api-key": "a" }), address: "" })
  );
  guard.readApiKeys = () => new Map();
  for (const key of ["a", "", "undefined", "null"]) {
    assert.equal(await status({ "x-api-key": key }), "401");
  }
  const fresh = new FlowGuard({ auth: { apiKeys } }, {
    listening: "127.0.0.1",
    clock: new ManualClock(),
  });
  const request = requestWith({ "x-api-key": "a" });
  await assert.rejects(() => fresh.admit({ request, address: "" }), AuthenticationError);
});

Deno.test("each caller has a rate of its own; who is not known uses none up", async () => {
  const { status, clock } = guardOf({
    auth: { apiKeys },
    limits: { requestsPerSecond: 0.5, burst: 2 },
  });
  const [ann, bob, zed] = ["a", "b", "z"].map((key) => ({ "x-api-key": key }));
  for (let call = 0; call < 100; call++) assert.equal(await status(zed), "401");
  assert.deepEqual([await status(ann), await status(ann), await status(ann)], [
    "200",
    "200",
    "429 after 2",
  ]);
  assert.equal(await status(ann, "10.0.0.2"), "429 after 2", "the address is all the same");
  assert.equal(await status(bob), "200");
  clock.advance(2000);
  assert.deepEqual([await status(ann), await status(ann)], ["200", "429 after 2"]);
});

Deno.test("callers without a name are told apart by their addresses", async () => {
  const { status } = guardOf({ limits: { requestsPerSecond: 1 } });
  assert.equal(await status({}, "10.0.0.1"), "200");
  assert.equal(await status({}, "10.0.0.1"), "429 after 1");
  assert.equal(await status({}, "10.0.0.2"), "200");
});

Deno.test("a second's worth goes through at once where no burst is set, and one at least", async () => {
  for (const [requestsPerSecond, atOnce] of [[3, 3], [2.5, 3], [0.1, 1]] as const) {
    const { status } = guardOf({ limits: { requestsPerSecond } });
    for (let call = 0; call < atOnce; call++) assert.equal(await status(), "200");
    assert.match(await status(), /^429/);
  }
});

Deno.test("the tokens of a minute are the flow's; one call may go beyond, the next ones wait", async () => {
  const { guard, status, clock } = guardOf({ auth: { apiKeys }, limits: { tokensPerMinute: 600 } });
  const [ann, bob] = ["a", "b"].map((key) => ({ "x-api-key": key }));
  assert.equal(await status(ann), "200");
  guard.used(590);
  assert.equal(await status(bob), "200");
  guard.used(310);
  assert.equal(await status(bob), "429 after 31", "300 too many, at 10 a second");
  assert.equal(await status(ann), "429 after 31");
  clock.advance(30_001);
  assert.equal(await status(ann), "200");
});

Deno.test("a turn that comes when the caller goes is given back", async () => {
  const { guard } = guardOf({ limits: { concurrency: 1 } });
  const leave = await guard.enter(new AbortController().signal);
  const gone = new AbortController();
  const reason = new Error("gone");
  const waiting = guard.enter(gone.signal);
  leave();
  gone.abort(reason);
  await assert.rejects(waiting, reason);
  assert.deepEqual(guard.load, { inside: 0, waiting: 0 });
});

Deno.test("as many wait as run where no queue is set; beyond them it is 503", async () => {
  const { guard } = guardOf({ limits: { concurrency: 2 } });
  const { signal } = new AbortController();
  const turns = [1, 2, 3, 4].map(() => guard.enter(signal));
  await assert.rejects(
    guard.enter(signal),
    (error) => error instanceof FlowError && error.http === 503 && error.retryAfter === 1,
  );
  assert.deepEqual(guard.load, { inside: 2, waiting: 2 });
  for (const turn of turns) (await turn)();
  assert.deepEqual(guard.load, { inside: 0, waiting: 0 });
});

Deno.test("while the line is full nobody is admitted, and nothing is counted against anybody", async () => {
  const limits = { concurrency: 1, queue: 1, requestsPerSecond: 0.1, burst: 1 };
  const { guard, status } = guardOf({ limits });
  const { signal } = new AbortController();
  const leave = await guard.enter(signal);
  const next = guard.enter(signal);
  assert.equal(await status(), "503 after 1");
  leave();
  assert.equal(await status(), "200", "there is one place in the line");
  (await next)();
});

Deno.test("a flow's own limits are told; those that it does not set are not", () => {
  assert.deepEqual(guardOf({}).guard.limits, {});
  assert.deepEqual(guardOf({ limits: { bodyBytes: 10, timeoutSeconds: 2 } }).guard.limits, {
    bodyBytes: 10,
    requestTimeout: 2000,
  });
});
