import assert from "assert";
import { ApiError, NOT_SENT } from "../../../../operator/kubernetes/api_error.ts";
import {
  type ApiRequest,
  type RequestOutcome,
  Transport,
  type TransportOptions,
  WriteRefused,
} from "../../../../operator/kubernetes/transport.ts";
import { ManualClock } from "../../manual_clock.ts";
import { startLocalServer } from "./local_server.ts";

const get: ApiRequest = {
  method: "GET",
  path: "/api/v1/namespaces/demo/configmaps/settings",
  action: `get ConfigMap "demo/settings"`,
  verb: "get",
  resource: "configmaps",
};
const apply: ApiRequest = {
  ...get,
  method: "PATCH",
  verb: "apply",
  action: `apply ConfigMap "demo/settings"`,
  query: { fieldManager: "me", force: "true", dryRun: undefined },
  contentType: "application/apply-patch+yaml",
  body: { data: { greeting: "hello" } },
};

function transportTo(server: string, options: Partial<TransportOptions> = {}): Transport {
  return new Transport({
    access: { server, headers: () => Promise.resolve({ authorization: "Bearer token-1" }) },
    userAgent: "genkitd/1 (test)",
    clock: new ManualClock(),
    ...options,
  });
}

/** Resolves with what the promise rejects with. */
async function errorOf(promise: Promise<unknown>): Promise<ApiError> {
  const error = await promise.then(() => undefined, (error: unknown) => error);
  assert.ok(error instanceof ApiError, `${error}`);
  return error;
}

Deno.test("a request carries its query, content, credentials and who asks", async () => {
  let seen: unknown;
  await using server = startLocalServer(async (request) => {
    const { method, url, headers } = request;
    const sent = ["authorization", "user-agent", "accept", "content-type"];
    seen = {
      method,
      url,
      headers: sent.map((name) => headers.get(name)),
      body: await request.text(),
    };
    return Response.json({ kind: "ConfigMap" }, { status: 201 });
  });
  using transport = transportTo(`${server.url}/`);

  const answer = await transport.send(apply);

  assert.equal(answer.status, 201);
  assert.ok(answer.ok);
  assert.equal(await answer.text(), `{"kind":"ConfigMap"}`);
  assert.deepEqual(seen, {
    method: "PATCH",
    url: `${server.url}${apply.path}?fieldManager=me&force=true`,
    headers: [
      "Bearer token-1",
      "genkitd/1 (test)",
      "application/json",
      "application/apply-patch+yaml",
    ],
    body: `{"data":{"greeting":"hello"}}`,
  });
});

Deno.test("credentials are asked for anew with each request", async () => {
  const seen: (string | null)[] = [];
  await using server = startLocalServer((request) => {
    seen.push(request.headers.get("authorization"));
    return new Response("{}");
  });
  let token = 0;
  const headers = () => Promise.resolve({ authorization: `Bearer ${++token}` });
  using transport = transportTo(server.url, { access: { server: server.url, headers } });
  await transport.send(get);
  await transport.send(get);
  assert.deepEqual(seen, ["Bearer 1", "Bearer 2"]);
});

for (
  const [what, request, limit, text] of [
    [
      "read",
      get,
      30_000,
      `Cannot get ConfigMap "demo/settings": the API server did not answer within 30 s`,
    ],
    [
      "write",
      apply,
      4_000,
      `Cannot apply ConfigMap "demo/settings": the API server did not answer within 4 s`,
    ],
  ] as const
) {
  Deno.test(`a ${what} that is not answered fails at its time limit, and the next has a new connection`, async () => {
    const clock = new ManualClock();
    const ports: number[] = [];
    const arrived = Promise.withResolvers<void>();
    const never = Promise.withResolvers<Response>();
    await using server = startLocalServer((_, port) => {
      ports.push(port);
      if (ports.length > 1) return new Response("{}");
      arrived.resolve();
      return never.promise;
    });
    using transport = transportTo(server.url, { clock });

    const failing = errorOf(transport.send(request));
    await arrived.promise;
    clock.advance(limit - 1);
    assert.equal(clock.pending, 1, "the limit is not reached");
    clock.advance(1);
    const error = await failing;
    assert.equal(error.message, text);
    assert.equal(error.status, 0);
    assert.ok(error.transient);

    assert.equal((await transport.send(request)).status, 200);
    assert.notEqual(ports[0], ports[1]);
    assert.equal(clock.pending, 0, "no timer is left");
    never.resolve(new Response("{}"));
  });
}

Deno.test("the time limit is over the body too, but not over that of a watch", async () => {
  const clock = new ManualClock();
  const encoder = new TextEncoder();
  let stream: ReadableStreamDefaultController<Uint8Array>;
  let begun = Promise.withResolvers<void>();
  await using server = startLocalServer(() => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        stream = controller;
        controller.enqueue(encoder.encode("{"));
        begun.resolve();
      },
    });
    return new Response(body);
  });
  using transport = transportTo(server.url, { clock });

  const stop = new AbortController();
  const watch = await transport.send({ ...get, verb: "watch", signal: stop.signal });
  const reader = watch.body!.getReader();
  const read = async () => new TextDecoder().decode((await reader.read()).value);
  assert.equal(await read(), "{");
  clock.advance(1e9);
  stream!.enqueue(encoder.encode("}"));
  assert.equal(await read(), "}");
  stop.abort();
  await assert.rejects(reader.read());

  begun = Promise.withResolvers<void>();
  const failing = errorOf(transport.send(get));
  await begun.promise;
  clock.advance(30_000);
  assert.match((await failing).message, /did not answer within 30 s$/);
});

Deno.test("before each write, and before no read, it is asked whether it may start", async () => {
  const order: string[] = [];
  await using server = startLocalServer(({ method }) => {
    order.push(method);
    return new Response("{}");
  });
  using transport = transportTo(server.url, { beforeWrite: () => order.push("asked") });
  await transport.send(get);
  for (const method of ["PATCH", "POST", "PUT", "DELETE"] as const) {
    await transport.send({ ...apply, method });
  }
  assert.deepEqual(order, [
    "GET",
    ...["PATCH", "POST", "PUT", "DELETE"].flatMap((method) => ["asked", method]),
  ]);
});

Deno.test("it is asked after the credentials are there, so that nothing lies between", async () => {
  const order: string[] = [];
  await using server = startLocalServer(() => new Response("{}"));
  const headers = () => {
    order.push("credentials");
    return Promise.resolve({});
  };
  using transport = transportTo(server.url, {
    access: { server: server.url, headers },
    beforeWrite: () => order.push("asked"),
  });
  await transport.send(apply);
  assert.deepEqual(order, ["credentials", "asked"]);
});

for (const refusal of [new WriteRefused("the lease is lost"), new Error("anything")]) {
  Deno.test(`a write that may not start is not sent, and its caller gets the ${refusal.name}`, async () => {
    let requests = 0;
    await using server = startLocalServer(() => {
      requests++;
      return new Response("{}");
    });
    using transport = transportTo(server.url, {
      beforeWrite: () => {
        throw refusal;
      },
    });
    const error = await transport.send(apply).catch((error: unknown) => error);
    assert.equal(error, refusal);
    assert.equal(requests, 0);
  });
}

Deno.test("every answer is told with its verb, resource, code and duration", async () => {
  const outcomes: RequestOutcome[] = [];
  const clock = new ManualClock();
  await using server = startLocalServer(() => {
    clock.advance(1500);
    return new Response("{}", { status: 409 });
  });
  using transport = transportTo(server.url, {
    clock,
    observe: (outcome) => outcomes.push(outcome),
  });
  await transport.send(apply);
  assert.deepEqual(outcomes, [{ verb: "apply", resource: "configmaps", code: 409, seconds: 1.5 }]);
});

Deno.test("an API server that is not there was certainly not reached", async () => {
  const codes: number[] = [];
  // Nobody listens at this port, which no system gives to who asks for any.
  using transport = transportTo("http://127.0.0.1:2", { observe: ({ code }) => codes.push(code) });
  const error = await errorOf(transport.send(apply));
  assert.match(
    error.message,
    /^Cannot apply ConfigMap "demo\/settings": the API server cannot be reached: .*refused/,
  );
  assert.equal(error.reason, NOT_SENT);
  assert.deepEqual(codes, [0]);
});

Deno.test("a connection that breaks after the request may have done its work", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const served = (async () => {
    using connection = await listener.accept();
    await connection.read(new Uint8Array(1024));
  })();
  using transport = transportTo(`http://127.0.0.1:${listener.addr.port}`);
  const error = await errorOf(transport.send(apply));
  assert.equal(error.status, 0);
  assert.notEqual(error.reason, NOT_SENT);
  await served;
});

Deno.test("no credentials, no request", async () => {
  let requests = 0;
  await using server = startLocalServer(() => {
    requests++;
    return new Response("{}");
  });
  const headers = () => Promise.reject(new Error("the plugin ended with 1"));
  using transport = transportTo(server.url, { access: { server: server.url, headers } });
  const error = await errorOf(transport.send(apply));
  assert.equal(
    error.message,
    `Cannot apply ConfigMap "demo/settings": there are no credentials: the plugin ended with 1`,
  );
  assert.equal(error.reason, NOT_SENT);
  assert.equal(requests, 0);
});

Deno.test("the caller's signal ends a request, with its reason", async () => {
  const arrived = Promise.withResolvers<void>();
  const never = Promise.withResolvers<Response>();
  await using server = startLocalServer(() => {
    arrived.resolve();
    return never.promise;
  });
  using transport = transportTo(server.url);
  const stop = new AbortController();
  const ended = transport.send({ ...get, signal: stop.signal }).catch((error: unknown) => error);
  await arrived.promise;
  const reason = new Error("enough");
  stop.abort(reason);
  assert.equal(await ended, reason);
  never.resolve(new Response("{}"));
});
