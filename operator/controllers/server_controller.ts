import type { Flow } from "../../shared/api/flow.ts";
import type { FlowSet } from "../../shared/api/flow_set.ts";
import type { Controller, Desired, Failure, TrackingReader } from "../engine/controller.ts";
import { difference } from "../engine/difference.ts";
import { keyText } from "../engine/key.ts";
import { resources } from "../kubernetes/resources.ts";
import { serverContentHash } from "../render/content_hash.ts";
import { serverLabels } from "../render/labels.ts";
import { FIELD_MANAGER } from "../render/names.ts";
import { ContentTooLarge, placeFiles } from "../render/render_config_maps.ts";
import { renderServer } from "../render/render_server.ts";
import { renderWarnings } from "../render/render_warnings.ts";
import type { ServerContent } from "../render/server_content.ts";
import type { ServerOwner } from "../render/server_owner.ts";
import { desiredReplicas } from "./desired_replicas.ts";
import { lastRollout } from "./last_rollout.ts";
import { type ObservedServer, observeServer } from "./observe_server.ts";
import { planServer, type ServerPlan } from "./plan_server.ts";
import { retainedConfigMaps } from "./retained_config_maps.ts";
import { type Rollout, rolloutOf } from "./rollout.ts";
import type { RolloutQueue } from "./rollout_queue.ts";
import { credentialsHash } from "./server_credentials.ts";
import { changedInputs, type Input, serverInputs } from "./server_inputs.ts";
import { serverStatus } from "./server_status.ts";

/** What the controllers of Flow and FlowSet work with. */
export interface ServerControllerOptions {
  rollouts: RolloutQueue;
  /** Milliseconds since 1970. */
  now(): number;
}

/** When a server is looked at after a change, though nothing told of it, in milliseconds. */
const AFTER_CHANGE = 30_000;

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
  const seen = observeServer(server, read);
  const planned = await planServer(server, read, seen);
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
  const owner = ownerOf(server);
  const key = keyText({ kind: server.kind, ...owner.metadata });
  const nothing = (failures: Failure[], { failed } = state): Desired => {
    if (rollout?.complete || rollout?.stuck) rollouts.finished(key, rollout.complete);
    const status = serverStatus(server, { ...state, failed });
    const ready = { reason: "Available", message: "" } as const;
    return { children: null, status, failures, ready, degraded: serving };
  };
  if (content === undefined) return nothing(failures);
  const tooLarge = contentFailure(server, content);
  if (tooLarge !== undefined) return nothing([tooLarge, ...failures], { ...state, failed: true });

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
    ready: state.suspended
      ? { reason: "Suspended", message: "No pods run: spec.suspend is true" } as const
      : { reason: "Available", message: readyMessage(planned, rollout?.message) } as const,
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
    // What is not there yet has no pods: as it will say of itself when it is.
    ...progressOf(result, rollout ?? rolloutOf(deployment, [], ""), paths.length > 0),
    children,
    retain: retained(seen, paths.length === 0 && rollout?.complete === true),
    // What the Deployment named until now may go when nothing runs from it.
    ...replaces && { requeueAfter: AFTER_CHANGE },
    status: {
      ...status,
      contentHash: hash,
      inputs,
      ...rolls &&
        { lastRollout: lastRollout({ owner: server, inputs: changed, paths, hash, now: now() }) },
    },
  };
}

/** Content that fits into no ConfigMap: only an edit helps. */
function contentFailure(
  { kind, metadata: { name } }: Flow | FlowSet,
  content: ServerContent,
): Failure | undefined {
  try {
    placeFiles(name, content, "");
    return undefined;
  } catch (error) {
    if (!(error instanceof ContentTooLarge)) throw error;
    const message = `${kind} "${name}": ${error.message}`;
    return { failure: "invalid", reason: "InvalidSpec", message };
  }
}

/** Says how a rollout goes on, where nothing else is wrong. */
function progressOf(
  { failures, degraded }: { failures: Failure[]; degraded: boolean },
  rollout: Rollout,
  changing: boolean,
): Pick<Desired, "failures" | "progress" | "degraded"> {
  if (rollout.stuck && !changing) {
    const stuck = {
      failure: "invalid",
      reason: "ProgressDeadlineExceeded",
      message: `The pods did not become ready in time: ${rollout.message}`,
    } as const;
    return { failures: [...failures, stuck], degraded };
  }
  if (rollout.complete && !changing) return { failures, degraded };
  return { failures, degraded, progress: { reason: "Progressing", message: rollout.message } };
}

/** Content that running pods or a rollback need; 0.5.0's children until the rollout is complete. */
function retained(
  { deployment, replicaSets, configMaps }: ObservedServer,
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

/** That the pods serve, and what of the spec they do not do. */
function readyMessage({ warnings }: ServerPlan, rollout = ""): string {
  const undone = warnings.filter(({ reason }) => reason === "NotSupported");
  return [rollout, ...undone.map(({ message }) => message)].filter((text) => text !== "").join(
    "; ",
  );
}
