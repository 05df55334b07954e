import type { Flow } from "../../shared/api/flow.ts";
import type { FlowSet } from "../../shared/api/flow_set.ts";
import { resolve } from "../../shared/flows/resolve.ts";
import type { Controller, Desired, Failure, TrackingReader } from "../engine/controller.ts";
import { difference } from "../engine/difference.ts";
import { keyText } from "../engine/key.ts";
import type { KubernetesObject } from "../kubernetes/object.ts";
import { resources } from "../kubernetes/resources.ts";
import { serverContentHash } from "../render/content_hash.ts";
import { keepFlows } from "../render/keep_flows.ts";
import { FIELD_MANAGER } from "../render/names.ts";
import { readContent } from "../render/read_content.ts";
import { renderContent } from "../render/render_content.ts";
import { renderServer } from "../render/render_server.ts";
import { renderWarnings } from "../render/render_warnings.ts";
import type { ServerContent } from "../render/server_content.ts";
import type { ServerOwner } from "../render/server_owner.ts";
import { SERVER_LABEL, serverLabels } from "../render/labels.ts";
import { desiredReplicas } from "./desired_replicas.ts";
import { SCALE_TARGET } from "../engine/trimmed_object.ts";
import type { CustomObject } from "../../shared/api/kinds.ts";
import type { ServedFlow } from "../../shared/flows/flow_server.ts";
import { flowFailures, problemText } from "./flow_failures.ts";
import { lastRollout } from "./last_rollout.ts";
import { retainedConfigMaps } from "./retained_config_maps.ts";
import { type Rollout, rolloutOf } from "./rollout.ts";
import type { RolloutQueue } from "./rollout_queue.ts";
import {
  credentialsHash,
  readCredentials,
  secretsOf,
  type ServerCredentials,
} from "./server_credentials.ts";
import { changedInputs, type Input, RecordingLookup, serverInputs } from "./server_inputs.ts";
import { serverStatus } from "./server_status.ts";

/** What the controllers of Flow and FlowSet work with. */
export interface ServerControllerOptions {
  rollouts: RolloutQueue;
  /** Milliseconds since 1970. */
  now(): number;
}

/** Makes the controller of Flows or of FlowSets: the pods and the Service that serve them. */
export function serverController<T extends Flow | FlowSet>(
  kind: T["kind"],
  options: ServerControllerOptions,
): Controller<T> {
  return {
    kind,
    owns: [
      resources.ConfigMap,
      resources.Service,
      resources.Deployment,
      resources.HorizontalPodAutoscaler,
      resources.PodDisruptionBudget,
      resources.NetworkPolicy,
    ],
    reconcile: (server, read) => reconcileServer(server, read, options),
  };
}

async function reconcileServer(
  server: Flow | FlowSet,
  read: TrackingReader,
  { rollouts, now }: ServerControllerOptions,
): Promise<Desired> {
  const seen = observe(server, read);
  const planned = await plan(server, read, seen);
  const { content, troubles, kept, failures } = planned;
  const rollout = seen.rollout;
  const state = {
    rollout,
    changing: false,
    failed: failures.some(({ failure }) => failure === "invalid"),
    troubles,
    kept,
    suspended: server.spec.suspend === true,
  };
  const serving = rollout !== undefined && rollout.available > 0;
  if (content === undefined) {
    const status = serverStatus(server, state);
    const ready = { reason: "Available", message: "" } as const;
    return { children: null, status, failures, ready, degraded: serving };
  }

  const owner = ownerOf(server);
  const hash = await serverContentHash(content);
  const credentials = await credentialsHash(planned.credentials, content, server.spec.env ?? [], {
    reload: server.spec.credentialRotation === "Reload",
    last: seen.last?.credentialsHash,
  });
  const replicas = desiredReplicas(server.spec, seen.deployment, seen.autoscalers);
  const children = renderServer({ owner, content, hash, credentialsHash: credentials, replicas });
  const deployment = children.find(({ kind }) => kind === "Deployment")!;
  const paths = seen.deployment === undefined
    ? []
    : difference(deployment, seen.deployment, FIELD_MANAGER);
  const replaces = paths.some((path) =>
    path.startsWith("spec.template") || path === "managedFields"
  );
  const before: Input[] = server.status?.inputs ?? [];
  const inputs = await serverInputs([server, ...planned.objects]);
  const changed = seen.deployment === undefined ? [] : changedInputs(before, inputs);
  const key = keyText({ kind: server.kind, ...owner.metadata });
  const status = {
    ...serverStatus(server, { ...state, changing: paths.length > 0 || rollout === undefined }),
    selector: Object.entries(serverLabels(server.kind, owner.metadata.name))
      .map(([label, value]) => `${label}=${value}`).join(","),
  };
  const { warnings, failures: told } = renderWarnings(owner);
  const result = {
    status,
    failures: [...failures, ...told],
    warnings: [...planned.warnings, ...warnings],
    degraded: serving && (failures.length > 0 || told.length > 0 || rollout.stuck),
    ready: { reason: "Available", message: rollout?.message ?? "" } as const,
  };

  if (replaces && serving) {
    const causes = changed.map(({ kind, name, hash }) =>
      `${kind}/${owner.metadata.namespace}/${name}@${hash}`
    );
    const turn = rollouts.request(key, causes, false);
    if (turn.turn !== "go") {
      const progress = turn.turn === "halt"
        ? { reason: "RolloutHalted", message: haltMessage(turn.cause) } as const
        : { reason: "RolloutQueued", message: queueMessage(turn.underWay) } as const;
      return { ...result, children: null, progress };
    }
  } else if (replaces || rollout === undefined) rollouts.underWay(key);
  else if (rollout.complete || rollout.stuck) rollouts.finished(key, rollout.complete);
  else rollouts.underWay(key);

  const rolls = replaces || hash !== server.status?.contentHash;
  return {
    ...result,
    ...progressOf(result, rollout, paths.length > 0),
    children,
    retain: retained(seen, paths.length === 0 && rollout?.complete === true),
    status: {
      ...status,
      contentHash: hash,
      inputs,
      ...rolls &&
        { lastRollout: lastRollout({ owner: server, inputs: changed, paths, hash, now: now() }) },
    },
  };
}

/** Says how a rollout goes on, where nothing else is wrong. */
function progressOf(
  { failures, degraded }: { failures: Failure[]; degraded: boolean },
  rollout: Rollout | undefined,
  changing: boolean,
): Pick<Desired, "failures" | "progress" | "degraded"> {
  if (rollout?.stuck && !changing) {
    const stuck = {
      failure: "invalid",
      reason: "ProgressDeadlineExceeded",
      message: `The pods did not become ready in time: ${rollout.message}`,
    } as const;
    return { failures: [...failures, stuck], degraded };
  }
  if (rollout?.complete && !changing) return { failures, degraded };
  const message = rollout === undefined ? "the pods are being made" : rollout.message;
  return { failures, degraded, progress: { reason: "Progressing", message } };
}

/** What there is of a server now. */
interface Observed {
  deployment: KubernetesObject | undefined;
  replicaSets: KubernetesObject[];
  autoscalers: KubernetesObject[];
  configMaps: KubernetesObject[];
  rollout: Rollout | undefined;
  /** What its pods were last given; undefined for those that genkit-operator 0.5.0 made. */
  last: ReturnType<typeof readContent>;
}

function observe(server: Flow | FlowSet, read: TrackingReader): Observed {
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

/** What a server is to serve. */
interface Plan {
  /** Undefined where there is nothing to serve, or too little is known. */
  content: ServerContent | undefined;
  credentials: ServerCredentials;
  /** The objects that the content is made of. */
  objects: CustomObject[];
  troubles: Map<string, string>;
  kept: string[];
  failures: Failure[];
  warnings: NonNullable<Desired["warnings"]>;
}

async function plan(
  server: Flow | FlowSet,
  read: TrackingReader,
  { deployment, last }: Observed,
): Promise<Plan> {
  const lookup = new RecordingLookup(read);
  const resolution = resolve(server, lookup);
  const { unresolved } = resolution;
  const credentials = await readCredentials(resolution.server, server.spec.env ?? [], read);
  const missing = missingSecrets(resolution.server.flows, credentials);
  const troubles = new Map([
    ...unresolved.map(({ name, problems }) =>
      [name, problems.map(problemText).join("; ")] as const
    ),
    ...missing,
  ]);
  const well = resolution.server.flows.length - missing.size;
  const failures = [
    ...flowFailures(server, unresolved, well),
    ...[...missing.values()].map((message): Failure => ({
      failure: "blocked",
      reason: "MissingDependency",
      message: `${server.kind} "${server.metadata.name}": ${message}`,
    })),
  ];
  if (!server.spec.image) {
    const message = `${server.kind} "${server.metadata.name}": spec.image is not set, ` +
      "should be the image of a runner";
    failures.unshift({ failure: "invalid", reason: "InvalidSpec", message });
  }
  const warnings = resolution.warnings.map((problem) => ({
    reason: "UnknownSetting" as const,
    message: problemText(problem),
  }));
  const common = { credentials, objects: [...lookup.found.values()], troubles, failures, warnings };
  const nothing = { ...common, content: undefined, kept: [] };
  if (!server.spec.image) return nothing;
  // What is not resolved keeps its last content; a first rollout waits until something can serve.
  if (unresolved.length > 0 && deployment !== undefined && last === undefined) return nothing;
  if (well === 0 && deployment === undefined) return nothing;
  const lastKeys = new Map(last?.content.secrets.map(({ secret, keys }) => [secret, keys]));
  const content = renderContent(resolution.server, (secret) => {
    const found = credentials.secrets.get(secret);
    // A Secret that is gone changes nothing in the pods.
    return found === undefined ? lastKeys.get(secret) : Object.keys(found.data);
  });
  if (unresolved.length === 0) return { ...common, content, kept: [] };
  if (server.kind === "Flow") {
    return { ...common, content: last?.content, kept: [server.metadata.name] };
  }
  const names = unresolved.map(({ name }) => name);
  if (last === undefined) return { ...common, content, kept: [] };
  return { ...common, ...keepFlows(content, last.content, names) };
}

/** Why flows cannot reach their providers or tools, by flow: their Secrets are not there. */
function missingSecrets(
  flows: readonly ServedFlow[],
  { secrets }: ServerCredentials,
): Map<string, string> {
  return new Map(flows.flatMap((flow) => {
    const missing = secretsOf(flow).filter((name) => secrets.get(name) === undefined);
    if (missing.length === 0) return [];
    return [[flow.name, missing.map((name) => `Secret "${name}" is not found`).join("; ")]];
  }));
}

/** Content that running pods or a rollback need; 0.5.0's children until the rollout is complete. */
function retained(
  { deployment, replicaSets, configMaps }: Observed,
  complete: boolean,
): { kind: string; name: string }[] {
  const named = retainedConfigMaps(deployment, replicaSets);
  return configMaps
    .filter(({ immutable, metadata: { name } }) => named.has(name) && (immutable || !complete))
    .map(({ metadata: { name } }) => ({ kind: "ConfigMap", name }));
}

function ownerOf({ kind, metadata, spec }: Flow | FlowSet): ServerOwner {
  const { name, namespace = "", uid = "" } = metadata;
  return { kind, metadata: { name, namespace, uid }, spec: { ...spec, image: spec.image! } };
}

function haltMessage(cause: string): string {
  return `the rollout waits: ${cause.split("@")[0]} changed, and the pods of others that use it ` +
    "did not become ready; another edit of it goes on";
}

function queueMessage(underWay: number): string {
  return `the rollout waits for its turn: ${underWay} others are under way`;
}
