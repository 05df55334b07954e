import type { Flow } from "../shared/api/flow.ts";
import type { FlowSet } from "../shared/api/flow_set.ts";
import { readTree } from "../shared/contract/read_tree.ts";
import { writeTree } from "../shared/contract/write_tree.ts";
import type { FlowServer } from "../shared/flows/flow_server.ts";
import type { ObjectSet } from "../shared/flows/object_set.ts";
import { resolve } from "../shared/flows/resolve.ts";
import type { SourceProblem } from "../shared/sources/source_problem.ts";
import type { CredentialSource } from "./credentials.ts";
import type { BrokenPlan, FlowPlan } from "./host/flow_plan.ts";
import { planFlows } from "./host/plan_flows.ts";

/** A flow as `serve` runs it, with what its user is told of it. */
export interface ServedPlan {
  plan: FlowPlan | BrokenPlan;
  /** The object that brought it, e.g. `FlowSet "demo/assistants"`. */
  owner: string;
  /** Provider and model, where the flow names one. */
  model: string;
  /** Where the flow stands in the files. */
  place: SourceProblem;
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
  environment: (key: string) => string | undefined;
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
      made.flows.push(served(plan, owner, "", objects, server));
    }
    for (const plan of plansOf(server, objects, options)) {
      const flow = server.flows.find(({ name }) => name === plan.name);
      const model = flow?.model ? `${flow.model.provider}/${flow.model.model}` : "";
      made.flows.push(served(plan, owner, model, objects, server));
    }
  }
  return separate(made);
}

function plansOf(server: FlowServer, objects: ObjectSet, options: ServePlanOptions) {
  if (server.flows.length === 0) return [];
  return planFlows(readTree(writeTree(server)), {
    offline: options.offline,
    apiKeys: ({ name }) => {
      const secret = server.flows.find((flow) => flow.name === name)?.auth?.apiKeys?.secret;
      const keys = new Map(
        Object.entries(secret === undefined ? {} : objects.secret(server.namespace, secret) ?? {}),
      );
      return () => keys;
    },
    credentials: ({ name }) => {
      const secret = server.flows.find((flow) => flow.name === name)?.plugin?.secret;
      return servedCredentials(server.namespace, secret, objects, options.environment);
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
): ServedPlan {
  const { kind, metadata: { name } } = owner;
  const index = owner.kind === "FlowSet"
    ? owner.spec.flows.findIndex((flow) => flow.name === plan.name)
    : -1;
  const path = index < 0 ? ["metadata", "name"] : ["spec", "flows", index, "name"];
  const object = { kind, namespace, name };
  const place = objects.locate({ object, path, message: "", failure: "invalid" });
  return { plan, owner: `${kind} "${namespace}/${name}"`, model, place };
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
