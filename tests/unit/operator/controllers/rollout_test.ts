import assert from "assert";
import { rolloutOf } from "../../../../operator/controllers/rollout.ts";

const full = {
  observedGeneration: 2,
  replicas: 2,
  updatedReplicas: 2,
  readyReplicas: 2,
  availableReplicas: 2,
};

function deployment(status: Record<string, unknown>, replicas: number | undefined = 2) {
  const metadata = { name: "greeter", namespace: "demo", generation: 2 };
  return { apiVersion: "apps/v1", kind: "Deployment", metadata, spec: { replicas }, status };
}

function pod(name: string, container: Record<string, unknown>, more: Record<string, unknown> = {}) {
  const status = { containerStatuses: [{ name: "flow", ready: false, ...container }], ...more };
  return { apiVersion: "v1", kind: "Pod", metadata: { name }, status };
}

const cases: [string, Record<string, unknown>, Partial<ReturnType<typeof rolloutOf>>][] = [
  ["all pods are new and available", full, { complete: true, available: 2 }],
  ["the newest generation is not seen yet", { ...full, observedGeneration: 1 }, {
    complete: false,
  }],
  ["an old pod is left", { ...full, replicas: 3 }, { complete: false, available: 2 }],
  ["not all are of the new version", { ...full, updatedReplicas: 1 }, { complete: false }],
  ["a new pod is not ready", { ...full, readyReplicas: 1 }, { complete: false }],
  ["ready, not available yet", { ...full, availableReplicas: 1 }, {
    complete: false,
    available: 1,
  }],
  ["nothing is known yet", {}, { complete: false, stuck: false, available: 0 }],
  [
    "the deadline has passed",
    {
      ...full,
      readyReplicas: 1,
      conditions: [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" }],
    },
    { complete: false, stuck: true },
  ],
  [
    "the deadline of an earlier generation says nothing",
    {
      ...full,
      observedGeneration: 1,
      conditions: [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" }],
    },
    { complete: false, stuck: false },
  ],
];

for (const [name, status, expected] of cases) {
  Deno.test(`rollout: ${name}`, () => {
    const rollout = rolloutOf(deployment(status), [], "GET /readyz");
    for (const [key, value] of Object.entries(expected)) {
      assert.equal(rollout[key as keyof typeof rollout], value, key);
    }
  });
}

Deno.test("rollout: scaled to nothing is complete", () => {
  const nothing = { observedGeneration: 2 };
  assert.equal(rolloutOf(deployment(nothing, 0), [], "").complete, true);
});

const message = (...pods: ReturnType<typeof pod>[]) =>
  rolloutOf(deployment({ observedGeneration: 2 }), pods, "GET /readyz on port 8080").message;

Deno.test("rollout: says why a pod waits, and how it ended before", () => {
  const crash = {
    state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 10s" } },
    lastState: { terminated: { exitCode: 2, message: "Cannot read /genkit\n" } },
  };
  assert.match(
    message(pod("p1", crash)),
    /^0 of 2 .*; pod "p1": CrashLoopBackOff: back-off 10s; it last ended with code 2: Cannot read \/genkit$/,
  );
});

Deno.test("rollout: the same reason of many pods is told once", () => {
  const pull = { state: { waiting: { reason: "ImagePullBackOff", message: "no such image" } } };
  assert.equal(message(pod("p1", pull), pod("p2", pull)).match(/ImagePullBackOff/g)?.length, 1);
});

Deno.test("rollout: a pod that runs and is not ready: what it was asked, and spec.probes", () => {
  assert.match(
    message(pod("p1", { state: { running: {} }, restartCount: 3 })),
    /restarted 3 times; it is asked GET \/readyz on port 8080, spec\.probes says/,
  );
});

Deno.test("rollout: a pod that no node takes", () => {
  const conditions = [{
    type: "PodScheduled",
    status: "False",
    message: "0/3 nodes are available",
  }];
  assert.match(message(pod("p1", {}, { conditions })), /pod "p1": 0\/3 nodes are available/);
});

Deno.test("rollout: pods that are going, or just being made, are no reason", () => {
  const creating = pod("p1", { state: { waiting: { reason: "ContainerCreating" } } });
  const going = pod("p2", { state: { waiting: { reason: "CrashLoopBackOff" } } });
  Object.assign(going.metadata, { deletionTimestamp: "2026-01-01T00:00:00Z" });
  assert.equal(message(creating, going), "0 of 2 pods are of the newest version, 0 available");
});

Deno.test("rollout: pods that cannot be created at all", () => {
  const conditions = [{ type: "ReplicaFailure", status: "True", message: "exceeded quota" }];
  const { message } = rolloutOf(deployment({ ...full, replicas: 0, conditions }), [], "");
  assert.match(message, /exceeded quota$/);
});
