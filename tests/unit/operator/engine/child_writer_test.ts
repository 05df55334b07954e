import assert from "assert";
import { Cache } from "../../../../operator/engine/cache.ts";
import { ChildWriter } from "../../../../operator/engine/child_writer.ts";
import type { Store } from "../../../../operator/engine/store.ts";
import { ApiError } from "../../../../operator/kubernetes/api_error.ts";
import type { KubernetesObject } from "../../../../operator/kubernetes/object.ts";

const owner: KubernetesObject = {
  apiVersion: "genkit.dev/v1alpha1",
  kind: "Flow",
  metadata: { name: "greeter", namespace: "demo", uid: "flow-1" },
};
const reference = { apiVersion: owner.apiVersion, kind: "Flow", name: "greeter", uid: "flow-1" };
const ownerReferences = [{ ...reference, controller: true }];

function child(kind: string, spec: Record<string, unknown> = {}): KubernetesObject {
  const metadata = { name: "greeter", namespace: "demo", ownerReferences };
  return { apiVersion: "v1", kind, metadata, spec };
}

/** The child as the API server has it, with the fields of the spec that are ours. */
function live(
  of: KubernetesObject,
  change: Partial<KubernetesObject["metadata"]> = {},
): KubernetesObject {
  const own = Object.fromEntries(
    Object.keys(of.spec as object).map((key) => [`f:${key}`, {}]),
  );
  const owners = { "f:ownerReferences": { 'k:{"uid":"flow-1"}': {} } };
  const managedFields = [{
    manager: "genkit-operator",
    operation: "Apply",
    fieldsV1: { "f:metadata": owners, "f:spec": own } as Record<string, unknown>,
  }];
  const metadata = { ...of.metadata, uid: "c1", resourceVersion: "5", managedFields, ...change };
  return structuredClone({ ...of, metadata });
}

/** A writer over one live object; `calls` has what it asked of the API server. */
function writer(
  { cached, unseen, error }: {
    cached?: KubernetesObject;
    unseen?: KubernetesObject;
    error?: Error;
  },
) {
  const calls: string[] = [];
  const bodies: KubernetesObject[] = [];
  const call = (text: string, object: KubernetesObject) => {
    calls.push(text);
    bodies.push(object);
    return error ? Promise.reject(error) : Promise.resolve({
      ...object,
      metadata: { ...object.metadata, resourceVersion: "6", uid: "c1" },
    });
  };
  const store: Store = {
    get: () => cached,
    list: () => [],
    owned: () => [],
    labelled: () => [],
  };
  const kinds = ["ConfigMap", "Service", "Deployment", "Job"];
  const children = new ChildWriter({
    cache: new Cache(new Map(kinds.map((kind) => [kind, store]))),
    manager: "genkit-operator",
    client: {
      get: ({ kind }) => {
        calls.push(`get ${kind}`);
        return Promise.resolve(unseen);
      },
      create: ({ kind }, object) => call(`create ${kind}`, object),
      apply: ({ kind }, object, { fieldManager }) => call(`apply ${kind} ${fieldManager}`, object),
      mergePatch: ({ kind }) => Promise.reject(new Error(`patched ${kind}`)),
      delete: ({ kind }, _, { uid } = {}) => {
        calls.push(`delete ${kind} ${uid}`);
        return Promise.resolve(true);
      },
    },
  });
  return { children, calls, bodies };
}

Deno.test("children: a new name is looked at before it is taken", async () => {
  const { children, calls } = writer({});
  assert.equal(await children.write(owner, child("Service")), undefined);
  assert.deepEqual(calls, ["get Service", "apply Service genkit-operator"]);
});

Deno.test("children: content is created, never applied", async () => {
  const content = { ...child("ConfigMap"), immutable: true };
  const { children, calls } = writer({});
  await children.write(owner, content);
  assert.deepEqual(calls, ["create ConfigMap"]);
});

Deno.test("children: content that is there is left alone", async () => {
  const content = { ...child("ConfigMap"), immutable: true };
  const { children, calls } = writer({ cached: live(content) });
  await children.write(owner, content);
  assert.deepEqual(calls, []);
});

Deno.test("children: content that another run created, unseen yet, is no failure", async () => {
  const content = { ...child("ConfigMap"), immutable: true };
  const error = new ApiError("exists", { status: 409, reason: "AlreadyExists" });
  const { children } = writer({ unseen: live(content), error });
  assert.equal(await children.write(owner, content), undefined);
});

for (
  const [name, owners, what] of [
    ["nobody", [], "is not controlled by anything"],
    [
      "another",
      [{ ...reference, kind: "FlowSet", uid: "x", controller: true }],
      'is controlled by FlowSet "greeter"',
    ],
  ] as const
) {
  for (const place of ["cached", "unseen"]) {
    Deno.test(`children: an object of ${name} is refused and left alone (${place})`, async () => {
      const foreign = live(child("Service"), { ownerReferences: [...owners] });
      const { children, calls } = writer({ [place]: foreign });
      const failure = await children.write(owner, child("Service", { type: "NodePort" }));
      assert.deepEqual([failure?.failure, failure?.reason], ["blocked", "NameTaken"]);
      assert.match(failure!.message, new RegExp(`^Cannot make Service "demo/greeter": .*${what}`));
      assert.deepEqual(calls.filter((call) => !call.startsWith("get")), []);
    });
  }
}

Deno.test("children: one of an earlier object of this name is waited for", async () => {
  const earlier = [{ ...reference, uid: "flow-0", controller: true }];
  const { children, calls } = writer({
    cached: live(child("Service"), { ownerReferences: earlier }),
  });
  assert.equal((await children.write(owner, child("Service")))?.failure, "transient");
  assert.deepEqual(calls, []);
});

Deno.test("children: no call where nothing differs", async () => {
  const service = child("Service", { type: "ClusterIP" });
  const { children, calls } = writer({ cached: live(service) });
  await children.write(owner, service);
  assert.deepEqual(calls, []);
});

Deno.test("children: a change says which object and version it is for", async () => {
  const { children, bodies } = writer({ cached: live(child("Service", { type: "ClusterIP" })) });
  await children.write(owner, child("Service", { type: "NodePort" }));
  const { uid, resourceVersion } = bodies[0]!.metadata;
  assert.deepEqual([uid, resourceVersion], ["c1", "5"]);
});

Deno.test("children: replicas are handed over before they are left out", async () => {
  const before = live(child("Deployment", { replicas: 5, paused: true }));
  const { children, calls, bodies } = writer({ cached: before });
  await children.write(owner, child("Deployment", { paused: true }));
  assert.deepEqual(calls, [
    "apply Deployment genkit-operator-scale",
    "apply Deployment genkit-operator",
  ]);
  assert.deepEqual(bodies[0]!.spec, { replicas: 5 });
  assert.equal(bodies[1]!.metadata.resourceVersion, "6");
});

Deno.test("children: replicas that another has are not touched", async () => {
  const before = live(child("Deployment", { paused: true }));
  Object.assign(before.spec as object, { replicas: 5 });
  const { children, calls } = writer({ cached: before });
  await children.write(owner, child("Deployment", { paused: false }));
  assert.deepEqual(calls, ["apply Deployment genkit-operator"]);
});

for (
  const [status, failure, reason] of [
    [409, "conflict", "Reconciling"],
    [422, "invalid", "ApplyFailed"],
    [400, "invalid", "ApplyFailed"],
    [403, "transient", "ApplyFailed"],
    [500, "transient", "ApplyFailed"],
    [0, "transient", "ApplyFailed"],
  ] as const
) {
  Deno.test(`children: a write that is answered ${status} is ${failure}`, async () => {
    const error = new ApiError("Cannot apply Service", { status });
    const { children } = writer({ error });
    const result = await children.write(owner, child("Service"));
    assert.deepEqual(result, { failure, reason, message: "Cannot apply Service" });
  });
}

Deno.test("children: a field that cannot be merged is invalid, though the answer is 500", async () => {
  const message = "Cannot apply Deployment: 500: failed to create typed patch object (…): " +
    '.spec.template.spec.volumes: duplicate entries for key [name="genkit"]';
  const { children } = writer({ error: new ApiError(message, { status: 500 }) });
  const result = await children.write(owner, child("Deployment"));
  assert.deepEqual(result, { failure: "invalid", reason: "ApplyFailed", message });
});

Deno.test("children: only the very object that is not wanted is removed", async () => {
  const { children, calls } = writer({});
  await children.remove(live(child("Service")));
  await children.remove(live(child("Service"), { deletionTimestamp: "2026-01-01T00:00:00Z" }));
  assert.deepEqual(calls, ["delete Service c1"]);
});
