import assert from "assert";
import type { KubernetesObject } from "../../../../operator/kubernetes/object.ts";
import { SERVER_LABEL, serverLabels } from "../../../../operator/render/labels.ts";
import { MANAGED_BY } from "../../../../operator/render/labels.ts";
import { renderServer, type ServerInput } from "../../../../operator/render/render_server.ts";
import { RESERVED_LABELS } from "../../../../shared/api/pod_settings.ts";
import { serverOwnerOf } from "./server_owner_of.ts";

type PodSpec = Record<string, unknown> & { containers: Record<string, unknown>[] };

function deployment(
  settings: Record<string, unknown> = {},
  input: Partial<ServerInput> = {},
): KubernetesObject {
  const children = renderServer({
    owner: serverOwnerOf(settings),
    content: { layout: "single", files: new Map([["a", "1"]]), secrets: [], environment: [] },
    hash: "ff".repeat(32),
    credentialsHash: undefined,
    replicas: 1,
    ...input,
  });
  return children.at(-1)!;
}

function podOf({ spec }: KubernetesObject) {
  return (spec as { template: { metadata: Record<string, unknown>; spec: PodSpec } }).template;
}

const podSpec = (settings?: Record<string, unknown>) => podOf(deployment(settings)).spec;
const container = (settings?: Record<string, unknown>) => podSpec(settings).containers[0]!;

Deno.test("renderServer: the Deployment comes last, when what its pods need is there", () => {
  const { owner, content } = {
    owner: serverOwnerOf({
      autoscaling: { maxReplicas: 2 },
      podDisruptionBudget: {},
      networkPolicy: { egress: [] },
    }),
    content: {
      layout: "single",
      files: new Map([["a", "1"], ["b", "2"]]),
      secrets: [],
      environment: [],
    } as const,
  };
  const input = { owner, content, hash: "f".repeat(64), credentialsHash: undefined };
  assert.deepEqual(
    renderServer({ ...input, replicas: undefined, maxBytes: 2 }).map(({ kind }) => kind),
    [
      "ConfigMap",
      "ConfigMap",
      "Service",
      "PodDisruptionBudget",
      "NetworkPolicy",
      "HorizontalPodAutoscaler",
      "Deployment",
    ],
  );
});

Deno.test("renderDeployment: no word of replicas where an autoscaler has the say", () => {
  const replicas = (replicas: number | undefined) =>
    (deployment({}, { replicas }).spec as Record<string, unknown>).replicas;
  assert.deepEqual([replicas(undefined), replicas(0), replicas(3)], [undefined, 0, 3]);
});

Deno.test("renderDeployment: a pod ends in the time that its requests need, and 15 seconds", () => {
  assert.equal(podSpec().terminationGracePeriodSeconds, 45);
  assert.equal(podSpec({ requestTimeoutSeconds: 600 }).terminationGracePeriodSeconds, 615);
});

Deno.test("renderDeployment: what tells pods apart cannot be taken over", () => {
  const { metadata } = podOf(
    deployment({
      podLabels: { team: "a" },
      podAnnotations: { "genkit.dev/content-hash": "mine", note: "n" },
    }, { credentialsHash: "secret/keys=1" }),
  );
  assert.deepEqual(metadata, {
    labels: { team: "a", ...serverLabels("Flow", "greeter") },
    annotations: {
      note: "n",
      "genkit.dev/content-hash": "ff".repeat(32),
      "genkit.dev/credentials-hash": "secret/keys=1",
    },
  });
});

Deno.test("podLabels: the labels that find pods are refused, each of them", () => {
  for (const label of [MANAGED_BY, ...Object.values(SERVER_LABEL)]) {
    assert.ok(RESERVED_LABELS.includes(label), label);
    assert.throws(() => serverOwnerOf({ podLabels: { [label]: "x" } }), /genkitd's own/);
  }
});

Deno.test("renderDeployment: a token only for a service account that was chosen", () => {
  const account = (settings?: Record<string, unknown>) => {
    const { serviceAccountName, automountServiceAccountToken } = podSpec(settings);
    return [serviceAccountName, automountServiceAccountToken];
  };
  assert.deepEqual(account(), ["default", false]);
  assert.deepEqual(account({ serviceAccountName: "" }), ["default", false]);
  assert.deepEqual(account({ serviceAccountName: "greeter" }), ["greeter", true]);
});

const RESTRICTED = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};

for (
  const [name, securityContext, expected] of [
    ["restricted by itself", undefined, RESTRICTED],
    ["a field is replaced", { readOnlyRootFilesystem: false }, {
      ...RESTRICTED,
      readOnlyRootFilesystem: false,
    }],
    ["a capability is added, the others stay dropped", {
      capabilities: { add: ["NET_BIND_SERVICE"] },
    }, {
      ...RESTRICTED,
      capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] },
    }],
    ["null takes a field away", { readOnlyRootFilesystem: null, capabilities: { drop: null } }, {
      allowPrivilegeEscalation: false,
      capabilities: {},
    }],
  ] as const
) {
  Deno.test(`securityContext: ${name}`, () =>
    assert.deepEqual(container({ securityContext }).securityContext, expected));
}

Deno.test("podSecurityContext: its fields win one by one", () => {
  assert.deepEqual(
    podSpec({ podSecurityContext: { runAsUser: null, fsGroup: 7 } }).securityContext,
    {
      runAsNonRoot: true,
      runAsGroup: 65532,
      fsGroup: 7,
      seccompProfile: { type: "RuntimeDefault" },
    },
  );
});

Deno.test("volumes: one at /tmp takes the place of ours, others stand beside it", () => {
  const names = (settings: Record<string, unknown>) => {
    const { volumes, containers: [container] } = podSpec(settings);
    const paths = (container!.volumeMounts as { mountPath: string }[]).map((m) => m.mountPath);
    return [(volumes as { name: string }[]).map(({ name }) => name), paths];
  };
  const volumes = [{ name: "mine", emptyDir: {} }];
  assert.deepEqual(names({ volumes, volumeMounts: [{ name: "mine", mountPath: "/data" }] }), [
    ["genkit", "tmp", "mine"],
    ["/genkit", "/tmp", "/data"],
  ]);
  assert.deepEqual(names({ volumes, volumeMounts: [{ name: "mine", mountPath: "/tmp" }] }), [
    ["genkit", "mine"],
    ["/genkit", "/tmp"],
  ]);
});

Deno.test("probes: HTTP asks paths, TCP opens a connection, None asks nothing", () => {
  const asked = (probes?: Record<string, unknown>) =>
    ["startupProbe", "livenessProbe", "readinessProbe"].map((name) => {
      const { httpGet, tcpSocket } = (container({ probes })[name] ?? {}) as Record<string, unknown>;
      return httpGet ?? tcpSocket;
    });
  const get = (path: string) => ({ path, port: "http" });
  assert.deepEqual(asked(), [get("/healthz"), get("/healthz"), get("/readyz")]);
  const paths = { livenessPath: "/up", readinessPath: "/take" };
  assert.deepEqual(asked(paths), [get("/up"), get("/up"), get("/take")]);
  assert.deepEqual(asked({ type: "TCP" }), [{ port: "http" }, { port: "http" }, { port: "http" }]);
  assert.deepEqual(asked({ type: "None" }), [undefined, undefined, undefined]);
});

Deno.test("probes: readiness is asked more often than liveness, unless the spec says how often", () => {
  const periods = (probes?: Record<string, unknown>) =>
    ["livenessProbe", "readinessProbe"].map((name) =>
      (container({ probes })[name] as Record<string, unknown>).periodSeconds
    );
  assert.deepEqual(periods(), [10, 2]);
  assert.deepEqual(periods({ timeoutSeconds: 1 }), [10, 2]);
  assert.deepEqual(periods({ periodSeconds: 7 }), [7, 7]);
});

Deno.test("probes: a pod has startupSeconds to start", () => {
  const { startupProbe } = container({ probes: { startupSeconds: 300 } });
  const { periodSeconds, failureThreshold } = startupProbe as Record<string, number>;
  assert.equal(periodSeconds! * failureThreshold!, 300);
});

Deno.test("topologySpreadConstraints: these pods are counted unless others are chosen", () => {
  const constraint = { maxSkew: 1, topologyKey: "zone", whenUnsatisfiable: "DoNotSchedule" };
  const labelSelector = { matchLabels: { team: "a" } };
  assert.deepEqual(
    podSpec({ topologySpreadConstraints: [constraint, { ...constraint, labelSelector }] })
      .topologySpreadConstraints,
    [
      { ...constraint, labelSelector: { matchLabels: serverLabels("Flow", "greeter") } },
      { ...constraint, labelSelector },
    ],
  );
});
