import assert from "assert";
import { Cache } from "../../../../operator/engine/cache.ts";
import { ChildWriter } from "../../../../operator/engine/child_writer.ts";
import type { KubernetesObject } from "../../../../operator/kubernetes/object.ts";

const owner: KubernetesObject = {
  apiVersion: "genkit.dev/v1alpha1",
  kind: "Flow",
  metadata: { name: "greeter", namespace: "demo", uid: "flow-1" },
};

/**
 * Children that the API server leaves as they are at each apply, though something seems to differ;
 * `applied` has their names.
 */
function setUp() {
  const stored = new Map<string, KubernetesObject>();
  const applied: string[] = [];
  const children = new ChildWriter({
    cache: new Cache(
      new Map([["Service", {
        get: ({ name }) => stored.get(name),
        list: () => [],
        owned: () => [],
        labelled: () => [],
      }]]),
    ),
    manager: "genkit-operator",
    client: {
      get: () => Promise.resolve(undefined),
      create: (_, object) => Promise.resolve(object),
      apply: (_, object) => {
        applied.push(object.metadata.name);
        return Promise.resolve(object);
      },
      mergePatch: (_, { name }) => Promise.reject(new Error(`patched ${name}`)),
      delete: () => Promise.resolve(true),
    },
  });
  const child = (name: string, uid?: string): KubernetesObject => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name,
      namespace: "demo",
      ...uid && { uid, resourceVersion: "5" },
      ownerReferences: [{
        apiVersion: owner.apiVersion,
        kind: "Flow",
        name: "greeter",
        uid: "flow-1",
        controller: true,
      }],
    },
  });
  const appear = (name: string) => void stored.set(name, child(name, `uid-${name}`));
  return { stored, applied, appear, write: (name: string) => children.write(owner, child(name)) };
}

Deno.test("children: an apply that changed nothing is not done again, of however many", async () => {
  const { applied, appear, write } = setUp();
  const names = Array.from({ length: 500 }, (_, i) => `service-${i}`);
  names.forEach(appear);
  for (const name of [...names, ...names]) assert.equal(await write(name), undefined);
  assert.deepEqual(applied, names);
});

Deno.test("children: what was applied to objects that are gone is forgotten", async () => {
  const { stored, applied, appear, write } = setUp();
  const names = Array.from({ length: 1_000 }, (_, i) => `service-${i}`);
  appear("stays");
  await write("stays");
  for (const name of names) {
    appear(name);
    await write(name);
    stored.delete(name);
  }
  applied.length = 0;
  // No uid comes back, but what is remembered of one would show here.
  for (const name of ["stays", ...names]) {
    appear(name);
    await write(name);
  }
  assert.equal(applied.includes("stays"), false);
  const remembered = names.length - applied.length;
  assert.ok(remembered < 64, `${remembered} are remembered`);
});
