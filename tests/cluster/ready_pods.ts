import { ApiError } from "../../operator/kubernetes/api_error.ts";
import type { Client } from "../../operator/kubernetes/client.ts";
import type { KubernetesObject } from "../../operator/kubernetes/object.ts";
import { Reflector } from "../../operator/kubernetes/reflector.ts";
import { resources } from "../../operator/kubernetes/resources.ts";
import { systemClock } from "../../shared/clock.ts";

/** The status of a pod that serves. */
const READY = {
  phase: "Running",
  conditions: ["Initialized", "ContainersReady", "Ready"].map((type) => ({ type, status: "True" })),
};

/** What becomes of pods that no machine runs. */
export interface ReadyPods {
  /** From now on, new pods do not become ready. */
  hold(): void;
  /** Makes the pods ready that were held back, and all new ones. */
  release(): void;
  stop(): Promise<void>;
}

/** Says of every pod that it is ready, as soon as it is there: what a kubelet says sooner or later. */
export function keepPodsReady(api: Client): ReadyPods {
  const over = new AbortController();
  const marking = new Set<Promise<void>>();
  let held = false;
  const mark = (pod: KubernetesObject) => {
    const marked = makeReady(api, pod).finally(() => marking.delete(marked));
    marking.add(marked);
  };
  const reflector = new Reflector({
    client: api,
    resource: resources.Pod,
    clock: systemClock,
    random: Math.random,
    onRestart: () => {},
    onChange: ({ type, object }) => {
      if (type === "applied" && !held && isNew(object)) mark(object);
    },
  });
  const running = reflector.run(over.signal);
  return {
    hold: () => held = true,
    release: () => {
      held = false;
      reflector.list().filter(isNew).forEach(mark);
    },
    stop: async () => {
      over.abort();
      await running;
      await Promise.all(marking);
    },
  };
}

function isNew({ metadata, status = {} }: KubernetesObject): boolean {
  return (status as { phase?: string }).phase === "Pending" &&
    metadata.deletionTimestamp === undefined;
}

async function makeReady(api: Client, { metadata }: KubernetesObject): Promise<void> {
  try {
    await api.mergePatch(resources.Pod, metadata, { status: READY }, { subresource: "status" });
  } catch (error) {
    // Gone meanwhile.
    if (!(error instanceof ApiError && error.status === 404)) throw error;
  }
}
