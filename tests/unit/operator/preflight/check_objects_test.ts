import assert from "assert";
import type { KubernetesObject } from "../../../../operator/kubernetes/object.ts";
import { checkObjects } from "../../../../operator/preflight/check_objects.ts";

function flow(name: string, spec: object = {}): KubernetesObject {
  return {
    apiVersion: "genkit.dev/v1alpha1",
    kind: "Flow",
    metadata: { name, namespace: "demo" },
    spec: {
      image: "example.com/runner",
      modelSpec: { provider: "echo", model: "echo", pluginConfigRef: { name: "echo" } },
      prompts: [{ prompt: { name: "p", content: "Hi" } }],
      ...spec,
    },
  };
}

const CASES: Record<string, { object: KubernetesObject; says: string }> = {
  "its name": {
    object: flow("1st"),
    says: 'Flow "demo/1st": metadata.name cannot name a Service, should be at most 63 ' +
      "lower-case letters, digits and '-', start with a letter and end with a letter or digit",
  },
  "a field below the spec": {
    object: flow("greeter", { autoscaling: { minReplicas: 5, maxReplicas: 2 } }),
    says: 'Flow "demo/greeter": spec.autoscaling.minReplicas is larger than maxReplicas, should ' +
      "be at most that",
  },
  "a field that is no rule's": {
    object: flow("greeter", { image: 7 }),
    says:
      'Flow "demo/greeter": spec.image is the number 7, should be a text: write "7" with quotes',
  },
};

for (const [fault, { object, says }] of Object.entries(CASES)) {
  Deno.test(`preflight: an object's fault names its field once: ${fault}`, () => {
    assert.deepEqual(checkObjects([object]).map(({ message }) => message), [says]);
  });
}
