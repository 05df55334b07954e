import type { Flow } from "../../shared/api/flow.ts";
import type { FlowSet } from "../../shared/api/flow_set.ts";
import type { CustomObject } from "../../shared/api/kinds.ts";
import type { ServedFlow } from "../../shared/flows/flow_server.ts";
import { resolve } from "../../shared/flows/resolve.ts";
import type { Desired, Failure, TrackingReader } from "../engine/controller.ts";
import { keepFlows } from "../render/keep_flows.ts";
import { renderContent } from "../render/render_content.ts";
import type { ServerContent } from "../render/server_content.ts";
import { flowFailures } from "./flow_failures.ts";
import type { ObservedServer } from "./observe_server.ts";
import { failureOf, problemText } from "./resolve_failure.ts";
import { scheduleWarning } from "./schedule_warning.ts";
import { readCredentials, secretsOf, type ServerCredentials } from "./server_credentials.ts";
import { RecordingLookup } from "./server_inputs.ts";
import type { FlowTrouble } from "./server_status.ts";

/** What a server is to serve. */
export interface ServerPlan {
  /** Undefined where there is nothing to serve, or too little is known. */
  content: ServerContent | undefined;
  credentials: ServerCredentials;
  /** The objects that the content is made of. */
  objects: CustomObject[];
  troubles: Map<string, FlowTrouble>;
  kept: string[];
  failures: Failure[];
  warnings: NonNullable<Desired["warnings"]>;
}

/**
 * Finds out what a server is to serve: what resolves as its objects say, and the rest as it last was.
 */
export async function planServer(
  server: Flow | FlowSet,
  read: TrackingReader,
  { deployment, last }: Pick<ObservedServer, "deployment" | "last">,
): Promise<ServerPlan> {
  const lookup = new RecordingLookup(read);
  const resolution = resolve(server, lookup, { needsPrompt: false });
  const { unresolved } = resolution;
  const credentials = await readCredentials(resolution.server, server.spec.env ?? [], read);
  const missing = missingSecrets(resolution.server.flows, credentials);
  const troubles = new Map<string, FlowTrouble>();
  for (const { name, problems } of unresolved) {
    const failed = problems.some((problem) => failureOf(server, problem).failure === "invalid");
    troubles.set(name, { message: problems.map(problemText).join("; "), failed });
  }
  for (const [name, message] of missing) troubles.set(name, { message, failed: false });
  const well = resolution.server.flows.length - missing.size;
  const failures = [
    ...flowFailures(server, unresolved, well),
    ...[...missing.values()].map((message): Failure => ({
      failure: "blocked",
      reason: "MissingDependency",
      message: `${server.kind} "${server.metadata.name}": ${message}`,
    })),
  ];
  const twin = olderTwin(server, read);
  if (twin !== undefined) failures.unshift(twin);
  if (!server.spec.image) {
    const message = `${server.kind} "${server.metadata.name}": spec.image is not set, ` +
      "should be the image of a runner";
    failures.unshift({ failure: "invalid", reason: "InvalidSpec", message });
  }
  const warnings: ServerPlan["warnings"] = resolution.warnings.map((problem) => ({
    reason: "UnknownSetting",
    message: problemText(problem),
  }));
  const unscheduled = scheduleWarning(server);
  if (unscheduled !== undefined) warnings.push({ reason: "NotSupported", message: unscheduled });
  const common = { credentials, objects: [...lookup.found.values()], troubles, failures, warnings };
  const nothing = { ...common, content: undefined, kept: [] };
  if (!server.spec.image || twin !== undefined) return nothing;
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

/** A Flow and a FlowSet of one name want the same children: the older one keeps them. */
function olderTwin(
  { kind, metadata }: Flow | FlowSet,
  read: TrackingReader,
): Failure | undefined {
  const other = kind === "Flow" ? "FlowSet" : "Flow";
  const { name, namespace } = metadata;
  const twin = read.object({ kind: other }, { namespace, name });
  if (twin === undefined) return undefined;
  const [own, its] = [metadata.creationTimestamp ?? "", twin.metadata.creationTimestamp ?? ""];
  if (own < its || (own === its && kind === "Flow")) return undefined;
  const message = `${kind} "${name}": the ${other} "${name}" is older and has the Deployment and ` +
    "Service of that name; one of the two should have another name";
  return { failure: "invalid", reason: "NameTaken", message };
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
