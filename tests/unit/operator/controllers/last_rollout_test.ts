import assert from "assert";
import { lastRollout } from "../../../../operator/controllers/last_rollout.ts";

const owner = { kind: "Flow", metadata: { name: "greeter" } };
const input = (kind: string, name: string) => ({ kind, name, hash: "0" });
const at = (path: string) => `spec.template.${path}`;

const cases: [string, ReturnType<typeof input>[], string[], unknown[]][] = [
  [
    "a shared Model",
    [input("Model", "m")],
    [at("metadata.annotations.genkit.dev/content-hash"), at("spec.volumes[genkit].projected")],
    [{ kind: "Model", name: "m", fields: ["model"] }],
  ],
  [
    "the image and the environment",
    [input("Flow", "greeter")],
    [at("spec.containers[flow].image"), at("spec.containers[flow].env[PORT].value")],
    [{ kind: "Flow", name: "greeter", fields: ["env", "image"] }],
  ],
  [
    "a rotated credential",
    [],
    [at("metadata.annotations.genkit.dev/credentials-hash")],
    [{ kind: "Flow", name: "greeter", fields: ["credentials"] }],
  ],
  [
    "the flow's own content",
    [input("Flow", "greeter")],
    [at("metadata.annotations.genkit.dev/content-hash")],
    [{ kind: "Flow", name: "greeter", fields: ["content"] }],
  ],
  [
    "what is not in the pods is no part of it",
    [],
    ["spec.replicas", at("spec.nodeSelector.disk")],
    [{ kind: "Flow", name: "greeter", fields: ["scheduling"] }],
  ],
];

for (const [name, inputs, paths, changes] of cases) {
  Deno.test(`last rollout: ${name}`, () => {
    const now = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
    assert.deepEqual(
      lastRollout({ owner, inputs, paths, hash: "abc", now }),
      { time: "2026-01-02T03:04:05Z", hash: "abc", changes },
    );
  });
}
