import type { Flow } from "../../shared/api/flow.ts";
import type { FlowSet } from "../../shared/api/flow_set.ts";
import type { TrackingReader } from "../engine/controller.ts";
import { SCALE_TARGET } from "../engine/trimmed_object.ts";
import type { KubernetesObject } from "../kubernetes/object.ts";
import { resources } from "../kubernetes/resources.ts";
import { SERVER_LABEL } from "../render/labels.ts";
import { type LastContent, readContent } from "../render/read_content.ts";
import { type Rollout, rolloutOf } from "./rollout.ts";

/** What there is of a server now. */
export interface ObservedServer {
  deployment: KubernetesObject | undefined;
  replicaSets: KubernetesObject[];
  autoscalers: KubernetesObject[];
  configMaps: KubernetesObject[];
  rollout: Rollout | undefined;
  /** What its pods were last given; undefined for those that genkit-operator 0.5.0 made. */
  last: LastContent | undefined;
}

/** Looks at a server's children, and at what they run as. */
export function observeServer(server: Flow | FlowSet, read: TrackingReader): ObservedServer {
  const { kind, metadata: { name, uid }, spec } = server;
  const namespace = server.metadata.namespace!;
  const labelled = (resource: { kind: string }) =>
    read.labelled(resource, namespace, SERVER_LABEL[kind], name);
  const there = read.object(resources.Deployment, { namespace, name });
  const deployment = there?.metadata.ownerReferences?.some((owner) => owner.uid === uid)
    ? there
    : undefined;
  const { type = "HTTP", readinessPath = "/readyz" } = spec.probes ?? {};
  const probed = type === "HTTP"
    ? `GET ${readinessPath} on port ${spec.port}`
    : `for a TCP connection to port ${spec.port}`;
  const configMaps = labelled(resources.ConfigMap);
  return {
    deployment,
    replicaSets: labelled(resources.ReplicaSet),
    autoscalers: read.labelled(resources.HorizontalPodAutoscaler, namespace, SCALE_TARGET, name),
    configMaps,
    rollout: deployment && rolloutOf(deployment, labelled(resources.Pod), probed),
    last: deployment && readContent(
      deployment,
      (name) => configMaps.find(({ metadata }) => metadata.name === name),
    ),
  };
}
