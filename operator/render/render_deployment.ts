import type { KubernetesObject } from "../kubernetes/object.ts";
import { childMetadata } from "./child_metadata.ts";
import { serverLabels } from "./labels.ts";
import { CONTAINER, CONTENT_HASH, CREDENTIALS_HASH } from "./names.ts";
import type { ContentFile } from "./render_config_maps.ts";
import { renderEnvironment } from "./render_environment.ts";
import { renderProbes } from "./render_probes.ts";
import { renderContainerSecurity, renderPodSecurity } from "./render_security.ts";
import { renderVolumeMounts, renderVolumes } from "./render_volumes.ts";
import type { ServerContent } from "./server_content.ts";
import type { ServerOwner } from "./server_owner.ts";

/** What a Deployment is rendered of. */
export interface DeploymentInput {
  owner: ServerOwner;
  content: ServerContent;
  files: readonly ContentFile[];
  hash: string;
  credentialsHash: string | undefined;
  /** Absent where an autoscaler has the say. */
  replicas: number | undefined;
}

/** Seconds in which the endpoints of a pod that ends are taken out everywhere. */
const SLEEP = 5;
/** Seconds for which our runner still takes requests after SIGTERM (`--drain-delay`). */
const DRAIN = 5;
/** Seconds for the rest of an orderly end. */
const MARGIN = 5;
const REQUEST_TIMEOUT = 30;

/** Renders the Deployment of a server. */
export function renderDeployment(input: DeploymentInput): KubernetesObject {
  const { owner, hash, credentialsHash, replicas } = input;
  const { kind, metadata: { name }, spec } = owner;
  const selector = serverLabels(kind, name);
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: childMetadata(owner, name),
    spec: {
      ...replicas !== undefined && { replicas },
      selector: { matchLabels: selector },
      // A pod is taken away only when a new one serves in its place.
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: "25%" } },
      revisionHistoryLimit: 3,
      progressDeadlineSeconds: spec.progressDeadlineSeconds ?? 600,
      template: {
        metadata: {
          // The selector's come last: they cannot be changed.
          labels: { ...spec.podLabels, ...selector },
          annotations: {
            ...spec.podAnnotations,
            [CONTENT_HASH]: hash,
            ...credentialsHash !== undefined && { [CREDENTIALS_HASH]: credentialsHash },
          },
        },
        spec: podSpec(input),
      },
    },
  };
}

function podSpec({ owner: { kind, metadata, spec }, content, files }: DeploymentInput) {
  const own = { matchLabels: serverLabels(kind, metadata.name) };
  return {
    ...optional(spec, [
      "nodeSelector",
      "tolerations",
      "affinity",
      "priorityClassName",
      "imagePullSecrets",
    ]),
    // Left out, the API server keeps a former one, in its older field "serviceAccount".
    serviceAccountName: spec.serviceAccountName || "default",
    ...spec.topologySpreadConstraints && {
      // Without a selector it would count no pods at all.
      topologySpreadConstraints: spec.topologySpreadConstraints
        .map((constraint) => ({ labelSelector: own, ...constraint })),
    },
    // A token is of use only to an account that was chosen.
    automountServiceAccountToken: Boolean(spec.serviceAccountName),
    enableServiceLinks: false,
    terminationGracePeriodSeconds: SLEEP + DRAIN + MARGIN +
      (spec.requestTimeoutSeconds ?? REQUEST_TIMEOUT),
    securityContext: renderPodSecurity(spec),
    containers: [{
      name: CONTAINER[kind],
      image: spec.image,
      imagePullPolicy: spec.imagePullPolicy,
      ports: [{ name: "http", containerPort: spec.port, protocol: "TCP" }],
      ...renderEnvironment(spec, content),
      ...spec.resources && { resources: spec.resources },
      ...renderProbes(spec.probes),
      lifecycle: { preStop: { sleep: { seconds: SLEEP } } },
      securityContext: renderContainerSecurity(spec),
      volumeMounts: renderVolumeMounts(spec),
    }],
    volumes: renderVolumes(spec, files, content),
  };
}

/** Gives the named fields that are set. */
function optional<T, K extends keyof T>(object: T, keys: readonly K[]): Partial<Pick<T, K>> {
  const set = keys.filter((key) => object[key] !== undefined && object[key] !== "");
  return Object.fromEntries(set.map((key) => [key, object[key]])) as Partial<Pick<T, K>>;
}
