import type { Flow } from "../shared/api/flow.ts";
import type { FlowSet } from "../shared/api/flow_set.ts";
import { readTree } from "../shared/contract/read_tree.ts";
import { writeTree } from "../shared/contract/write_tree.ts";
import type { FlowServer, ServedFlow } from "../shared/flows/flow_server.ts";
import type { ObjectSet } from "../shared/flows/object_set.ts";
import { resolve } from "../shared/flows/resolve.ts";
import type { SourceProblem } from "../shared/sources/source_problem.ts";
import type { WorkloadIdentities } from "./identity/workload_identities.ts";
import type { CredentialSource } from "./credentials.ts";
import type { BrokenPlan, FlowPlan } from "./host/flow_plan.ts";
import { planFlows } from "./host/plan_flows.ts";
import { objectTree } from "./page/object_tree.ts";
import type { ReferenceNode } from "./page/reference_tree.ts";

/** A flow as `serve` runs it, with what its user is told of it. */
export interface ServedPlan {
  plan: FlowPlan | BrokenPlan;
  /** The object that brought it, e.g. `FlowSet "demo/assistants"`. */
  owner: string;
  /** Provider and model, where the flow names one. */
  model: string;
  /** Where the flow stands in the files. */
  place: SourceProblem;
  /** What the flow refers to. */
  tree: ReferenceNode;
}

/** What {@linkcode planServe} made of the objects. */
export interface ServePlan {
  flows: ServedPlan[];
  problems: SourceProblem[];
  warnings: SourceProblem[];
}

/** Options of {@linkcode planServe}. */
export interface ServePlanOptions {
  offline: boolean;
  /** Models and tools are answered from a recording. */
  replay?: boolean;
  environment: (key: string) => string | undefined;
  /** What the process is to a cloud, for flows that name no Secret. */
  identities: Pick<WorkloadIdentities, "source">;
}

/**
 * Makes a plan of each flow of the objects: resolves it, writes its /genkit tree and reads that
 * again, so that it is served exactly as a pod would serve it. The tree stays in memory.
 */
export function planServe(objects: ObjectSet, options: ServePlanOptions): ServePlan {
  const made: ServePlan = { flows: [], problems: [], warnings: [] };
  for (const owner of objects.servers) {
    const { server, unresolved, warnings } = resolve(owner, objects);
    made.warnings.push(...warnings.map((warning) => objects.locate(warning)));
    for (const { name, problems } of unresolved) {
      const placed = problems.map((problem) => objects.locate(problem));
      made.problems.push(...placed);
      const reason = placed.map(({ message }) => message).join("; ");
      const plan = { name, routes: new Map([[name, ""]]), reason };
      made.flows.push(served(plan, owner, "", objects, server, options));
    }
    for (const plan of plansOf(server, objects, options)) {
      const flow = server.flows.find(({ name }) => name === plan.name);
      const model = flow?.model ? `${flow.model.provider}/${flow.model.model}` : "";
      const one = served(plan, owner, model, objects, server, options);
      made.flows.push(one);
      made.warnings.push(...nobodyCanCall(flow, one, objects, server));
    }
  }
  return separate(made);
}

/** Says it where a flow wants keys that no caller can have: without them all calls are 401. */
function nobodyCanCall(
  flow: ServedFlow | undefined,
  { place, owner }: ServedPlan,
  objects: ObjectSet,
  { namespace }: FlowServer,
): SourceProblem[] {
  const { apiKeys, jwt } = flow?.auth ?? {};
  if (apiKeys === undefined || jwt !== undefined) return [];
  if (Object.keys(objects.secret(namespace, apiKeys.secret) ?? {}).length > 0) return [];
  const message = `${owner}: nobody can call the flow "${flow?.name}": add the Secret ` +
    `"${apiKeys.secret}" with a key for each caller to the files`;
  return [{ ...place, message }];
}

function plansOf(server: FlowServer, objects: ObjectSet, options: ServePlanOptions) {
  if (server.flows.length === 0) return [];
  const { broken, ...tree } = readTree(writeTree(server));
  // The tree of a single flow that cannot be read does not say whose it is.
  const named = broken.map(({ name = server.flows[0]!.name, reason }) => ({ name, reason }));
  return planFlows({ ...tree, broken: named }, {
    offline: options.offline,
    replay: options.replay ?? false,
    apiKeys: ({ name }) => {
      const secret = server.flows.find((flow) => flow.name === name)?.auth?.apiKeys?.secret;
      const keys = new Map(
        Object.entries(secret === undefined ? {} : objects.secret(server.namespace, secret) ?? {}),
      );
      return () => keys;
    },
    credentials: ({ name }, provider, fallback) => {
      const flow = server.flows.find((flow) => flow.name === name);
      const { secret } = (fallback === undefined ? flow : flow?.fallbacks?.[fallback])?.plugin ??
        {};
      const own = servedCredentials(server.namespace, secret, objects, options.environment);
      return secret === undefined ? options.identities.source(provider, own) : own;
    },
    hasFlow: (_, target) => objects.find("Flow", server.namespace, target).outcome === "found",
    toolHeaders: ({ name }, { definition }) => {
      const tools = server.flows.find((flow) => flow.name === name)?.tools ?? [];
      const tool = tools.find((tool) => tool.definition.name === definition.name);
      return objects.secret(server.namespace, (tool?.http ?? tool?.mcp)?.headersSecret ?? "");
    },
  });
}

/** Keys come from the Secret in the files where it is there, else from the environment. */
function servedCredentials(
  namespace: string,
  secret: string | undefined,
  objects: ObjectSet,
  environment: ServePlanOptions["environment"],
): CredentialSource {
  const values = secret === undefined ? undefined : objects.secret(namespace, secret);
  return {
    get: (key) => values?.[key] ?? environment(key),
    hint(keys) {
      const names = keys.join(" or ");
      const inFiles = secret === undefined
        ? "name a Secret in the PluginConfig's credentialsRef and add it to the files"
        : values === undefined
        ? `add the Secret "${secret}" with the key ${names} to the files`
        : `add the key ${names} to the Secret "${secret}"`;
      return `${inFiles}, or set the environment variable ${names}`;
    },
  };
}

function served(
  plan: FlowPlan | BrokenPlan,
  owner: Flow | FlowSet,
  model: string,
  objects: ObjectSet,
  { namespace }: FlowServer,
  { environment, offline, replay = false }: ServePlanOptions,
): ServedPlan {
  const { kind, metadata: { name } } = owner;
  const index = owner.kind === "FlowSet"
    ? owner.spec.flows.findIndex((flow) => flow.name === plan.name)
    : -1;
  const path = index < 0 ? ["metadata", "name"] : ["spec", "flows", index, "name"];
  const object = { kind, namespace, name };
  const place = objects.locate({ object, path, message: "", failure: "invalid" });
  const tree = objectTree(owner, plan.name, {
    namespace,
    objects,
    environment,
    asksProviders: !offline && !replay,
  });
  return { plan, owner: `${kind} "${namespace}/${name}"`, model, place, tree };
}

/**
 * Gives each path to one flow: a flow's own name goes before the names of another's prompts, and
 * the first flow of a name before the later ones, which is a problem.
 */
function separate({ flows, problems, warnings }: ServePlan): ServePlan {
  const names = new Map<string, ServedPlan>();
  for (const flow of flows) {
    const first = names.get(flow.plan.name);
    if (first === undefined) names.set(flow.plan.name, flow);
    else {
      problems.push({
        ...flow.place,
        message: `${flow.owner}: the flow "${flow.plan.name}" is not served: ` +
          `${first.owner} has one of this name as well, and it comes first`,
      });
    }
  }
  const taken = new Set(names.keys());
  const kept = [...names.values()].map((flow) => {
    const { plan } = flow;
    const routes = new Map([...plan.routes].filter(([path]) => {
      if (path === plan.name) return true;
      const free = !taken.has(path);
      taken.add(path);
      return free;
    }));
    return { ...flow, plan: { ...plan, routes } };
  });
  return { flows: kept, problems, warnings };
}
