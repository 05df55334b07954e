import assert from "assert";
import { ApiError } from "../../../../operator/kubernetes/api_error.ts";
import { HttpClient } from "../../../../operator/kubernetes/http_client.ts";
import type { KubernetesObject } from "../../../../operator/kubernetes/object.ts";
import { resources } from "../../../../operator/kubernetes/resources.ts";
import type { ApiAnswer, ApiRequest } from "../../../../operator/kubernetes/transport.ts";
import { InstantClock } from "./instant_clock.ts";

const { ConfigMap, Deployment, Secret } = resources;
const name = { namespace: "demo", name: "greeter" };
const object: KubernetesObject = { apiVersion: "v1", kind: "ConfigMap", metadata: name };

/** A client whose requests are answered by each of `answers` in turn, the last one for good. */
function clientOf(...answers: (Response | Error)[]) {
  const requests: ApiRequest[] = [];
  const send = (request: ApiRequest): Promise<ApiAnswer> => {
    const answer = answers[Math.min(requests.push(request), answers.length) - 1]!;
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer.clone());
  };
  const clock = new InstantClock();
  return { client: new HttpClient({ transport: { send }, clock, random: () => 0 }), requests };
}

const ok = (body: unknown) => Response.json(body);
const refused = (code: number, reason: string, message: string, headers = {}) =>
  Response.json({ kind: "Status", code, reason, message }, { status: code, headers });

/** A request without what is undefined, and without what is only for people. */
function essence({ method, path, query, body, contentType, accept }: ApiRequest) {
  return JSON.parse(JSON.stringify({ method, path, query, body, contentType, accept }));
}

async function errorOf(promise: Promise<unknown>): Promise<ApiError> {
  const error = await promise.then(() => undefined, (error: unknown) => error);
  assert.ok(error instanceof ApiError, `${error}`);
  return error;
}

Deno.test("get gives the object, or undefined where there is none", async () => {
  const { client, requests } = clientOf(ok(object), refused(404, "NotFound", "not found"));
  assert.deepEqual(await client.get(Deployment, name), object);
  assert.equal(await client.get(Deployment, name), undefined);
  assert.deepEqual(essence(requests[0]!), {
    method: "GET",
    path: "/apis/apps/v1/namespaces/demo/deployments/greeter",
  });
});

Deno.test("only the metadata is asked for where that is enough", async () => {
  const { client, requests } = clientOf(ok({ metadata: {}, items: [] }));
  await client.get(Secret, name, { metadataOnly: true });
  await client.list(Secret, { metadataOnly: true });
  assert.equal(
    requests[0]!.accept,
    "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
  );
  assert.equal(
    requests[1]!.accept,
    "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
  );
});

Deno.test("create, update, apply, patch and delete are sent as the API wants them", async () => {
  const { client, requests } = clientOf(ok(object));
  const manager = { fieldManager: "me" };
  await client.create(ConfigMap, object, manager);
  await client.update(ConfigMap, object, manager);
  await client.apply(ConfigMap, object, { ...manager, force: true, subresource: "scale" });
  const patch = { status: { phase: "Ready" } };
  await client.mergePatch(ConfigMap, name, patch, { ...manager, subresource: "status" });
  assert.equal(
    await client.delete(ConfigMap, name, {
      uid: "u1",
      resourceVersion: "7",
      propagationPolicy: "Foreground",
    }),
    true,
  );
  const collection = "/api/v1/namespaces/demo/configmaps";
  const query = { fieldManager: "me" };
  assert.deepEqual(requests.map(essence), [
    { method: "POST", path: collection, query, body: object },
    { method: "PUT", path: `${collection}/greeter`, query, body: object },
    {
      method: "PATCH",
      path: `${collection}/greeter/scale`,
      query: { ...query, force: "true" },
      contentType: "application/apply-patch+yaml",
      body: object,
    },
    {
      method: "PATCH",
      path: `${collection}/greeter/status`,
      query,
      contentType: "application/merge-patch+json",
      body: patch,
    },
    {
      method: "DELETE",
      path: `${collection}/greeter`,
      body: {
        apiVersion: "v1",
        kind: "DeleteOptions",
        propagationPolicy: "Foreground",
        preconditions: { uid: "u1", resourceVersion: "7" },
      },
    },
  ]);
});

Deno.test("deleting what is gone gives false", async () => {
  const { client } = clientOf(refused(404, "NotFound", "not found"));
  assert.equal(await client.delete(ConfigMap, name), false);
});

Deno.test("a list is read page by page", async () => {
  const page = (name: string, next?: string) =>
    ok({ items: [{ metadata: { name } }], metadata: { resourceVersion: "7", continue: next } });
  const { client, requests } = clientOf(page("a", "c1"), page("b", "c2"), page("c"));
  const selection = { namespace: "demo", labelSelector: "a=b", fieldSelector: "c=d" };
  const list = await client.list(ConfigMap, selection, { resourceVersion: "5" });
  assert.deepEqual(list.items.map(({ metadata }) => metadata.name), ["a", "b", "c"]);
  assert.equal(list.resourceVersion, "7");
  const selected = { labelSelector: "a=b", fieldSelector: "c=d", limit: 500 };
  assert.deepEqual(requests.map((request) => essence(request).query), [
    { ...selected, resourceVersion: "5" },
    { ...selected, continue: "c1" },
    { ...selected, continue: "c2" },
  ]);
});

Deno.test("a list whose place is forgotten half way starts over, three times at most", async () => {
  const first = ok({ items: [{ metadata: { name: "a" } }], metadata: { continue: "c" } });
  const gone = refused(410, "Expired", "The provided continue parameter is too old");
  const whole = ok({ items: [{ metadata: { name: "b" } }], metadata: { resourceVersion: "9" } });
  const { client } = clientOf(first, gone, whole);
  const { items, resourceVersion } = await client.list(ConfigMap);
  assert.deepEqual([items.map(({ metadata }) => metadata.name), resourceVersion], [["b"], "9"]);

  const never = clientOf(gone);
  assert.equal((await errorOf(never.client.list(ConfigMap))).status, 410);
  assert.equal(never.requests.length, 4);
});

Deno.test("an error names what was done to what, and says what the API server said", async () => {
  const cases: [string, (client: HttpClient) => Promise<unknown>][] = [
    ["get", (client) => client.get(Deployment, name)],
    ["create", (client) => client.create(Deployment, object)],
    ["update", (client) => client.update(Deployment, object)],
    ["apply", (client) => client.apply(Deployment, object, { fieldManager: "me" })],
    ["patch", (client) => client.mergePatch(Deployment, name, {})],
    ["delete", (client) => client.delete(Deployment, name)],
  ];
  for (const [verb, run] of cases) {
    const { client } = clientOf(refused(403, "Forbidden", "you may not"));
    const error = await errorOf(run(client));
    assert.equal(
      error.message,
      `Cannot ${verb} Deployment "demo/greeter": 403 Forbidden: you may not`,
    );
    assert.deepEqual([error.status, error.reason], [403, "Forbidden"]);
  }
  const { client } = clientOf(refused(403, "Forbidden", "you may not"));
  const error = await errorOf(client.list(Deployment));
  assert.equal(error.message, `Cannot list Deployment "*": 403 Forbidden: you may not`);
});

Deno.test("an error's text is bounded, and an answer of somebody else is told as it is", async () => {
  const long = clientOf(refused(422, "Invalid", "x".repeat(10_000)));
  const error = await errorOf(long.client.get(ConfigMap, name));
  assert.ok(error.message.length < 1_100, `${error.message.length}`);
  const proxy = clientOf(new Response("Bad Gateway\n", { status: 502 }));
  assert.equal(
    (await errorOf(proxy.client.get(ConfigMap, name))).message,
    `Cannot get ConfigMap "demo/greeter": 502: Bad Gateway`,
  );
});

Deno.test("how long the server asks to wait is kept, from the header or the Status", async () => {
  const header = clientOf(refused(409, "Conflict", "busy", { "retry-after": "7" }));
  assert.equal((await errorOf(header.client.get(ConfigMap, name))).retryAfter, 7_000);
  const status = clientOf(
    Response.json({ kind: "Status", details: { retryAfterSeconds: 2 } }, { status: 409 }),
  );
  assert.equal((await errorOf(status.client.get(ConfigMap, name))).retryAfter, 2_000);
});

Deno.test("what a Secret holds is in no error", async () => {
  const value = "c2VzYW1l";
  const secret = { ...object, kind: "Secret", data: { key: value } };
  const quoting = clientOf(refused(400, "BadRequest", `cannot decode ...|"key":"${value}"|...`));
  const written = await errorOf(quoting.client.apply(Secret, secret, { fieldManager: "me" }));
  assert.equal(written.message, `Cannot apply Secret "demo/greeter": 400 BadRequest`);

  const cut = clientOf(new Response(`{"data":{"key":"${value}`));
  const read = await errorOf(cut.client.get(Secret, name));
  assert.equal(read.message, `Cannot get Secret "demo/greeter": the answer is no JSON`);
  assert.ok(!Deno.inspect(read).includes(value));
});

const passing = refused(503, "ServiceUnavailable", "starting");
const retried: [string, (client: HttpClient) => Promise<unknown>, number][] = [
  ["get", (client) => client.get(ConfigMap, name), 5],
  ["list", (client) => client.list(ConfigMap), 5],
  ["apply", (client) => client.apply(ConfigMap, object, { fieldManager: "me" }), 5],
  ["patch", (client) => client.mergePatch(ConfigMap, name, {}), 5],
  ["delete", (client) => client.delete(ConfigMap, name), 5],
  [
    "update of a version",
    (client) =>
      client.update(ConfigMap, { ...object, metadata: { ...name, resourceVersion: "7" } }),
    5,
  ],
  ["update of any version", (client) => client.update(ConfigMap, object), 1],
  ["create", (client) => client.create(ConfigMap, object), 1],
];
for (const [what, run, times] of retried) {
  Deno.test(`${what}: sent ${times === 1 ? "once" : `${times} times`} where that is unavailable`, async () => {
    const { client, requests } = clientOf(passing);
    assert.equal((await errorOf(run(client))).status, 503);
    assert.equal(requests.length, times);
  });
}

Deno.test("a create that was turned away is sent again", async () => {
  const { client, requests } = clientOf(refused(429, "TooManyRequests", "later"), ok(object));
  assert.deepEqual(await client.create(ConfigMap, object), object);
  assert.equal(requests.length, 2);
});

Deno.test("a watch is asked for with bookmarks from a version on, and never sent again", async () => {
  const line = `{"type":"ADDED","object":{"metadata":{"name":"a","resourceVersion":"8"}}}\n`;
  const { client, requests } = clientOf(new Response(line), passing);
  const watch = () =>
    client.watch(Secret, { namespace: "demo", metadataOnly: true, labelSelector: "a=b" }, {
      resourceVersion: "7",
      timeoutSeconds: 60,
    });
  const events = await Array.fromAsync(watch());
  assert.deepEqual(events, [
    { type: "ADDED", object: { metadata: { name: "a", resourceVersion: "8" } } },
  ]);
  assert.deepEqual(essence(requests[0]!), {
    method: "GET",
    path: "/api/v1/namespaces/demo/secrets",
    query: {
      watch: "true",
      allowWatchBookmarks: "true",
      resourceVersion: "7",
      timeoutSeconds: 60,
      labelSelector: "a=b",
    },
    accept: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
  });
  const error = await errorOf(Array.fromAsync(watch()));
  assert.equal(error.message, `Cannot watch Secret "demo/*": 503 ServiceUnavailable: starting`);
  assert.equal(requests.length, 2);
});
