import { describeIssue } from "../api/describe_issue.ts";
import { isSet } from "../api/local_reference.ts";
import type { Flow } from "../api/flow.ts";
import type { Tool } from "../api/tool.ts";
import { toolDefinitionSchema } from "../contract/tool_file.ts";
import type { ServedTool } from "./flow_server.ts";
import { follow, problemOf } from "./follow.ts";
import { findResource } from "./inline_resources.ts";
import type { Lookup } from "./lookup.ts";
import type { FlowContent, FlowPlace } from "./resolve.ts";
import { isJsonObject } from "./resolve_model.ts";
import type { ResolveProblem } from "./resolve_problem.ts";

/** A flow's tools. */
export interface ResolvedTools {
  tools: ServedTool[];
  problems: ResolveProblem[];
}

/** Follows Flow → Tool → Flow or HTTP endpoint. */
export function resolveTools(
  place: FlowPlace,
  content: FlowContent,
  lookup: Lookup,
): ResolvedTools {
  const problems: ResolveProblem[] = [];
  const field = content.toolRefs?.length ? "toolRefs" : "tools";
  const tools = (content[field] ?? []).flatMap(({ name }, index) => {
    const path = [...place.path, field, index, "name"];
    const tool = follow({
      kind: "Tool",
      name,
      referrer: place.owner,
      path,
      place,
      lookup,
      problems,
    });
    return tool === undefined ? [] : resolveTool(tool, place, lookup, problems) ?? [];
  });
  // One Tool named twice is one tool; two Tools of one name are none that a model could tell apart.
  const once = [...new Map(tools.map((tool) => [tool.name, tool])).values()];
  const known = new Map<unknown, string>();
  for (const { name, definition } of once) {
    const other = known.get(definition.name);
    known.set(definition.name, name);
    if (other === undefined) continue;
    const message = `the Tools "${other}" and "${name}" have the same definition.name, ` +
      `${JSON.stringify(definition.name)}; a model could not tell them apart`;
    problems.push(problemOf(place.owner, place.namespace, [...place.path, field], message));
  }
  return { tools: once, problems };
}

function resolveTool(
  tool: Tool,
  place: FlowPlace,
  lookup: Lookup,
  problems: ResolveProblem[],
): ServedTool | undefined {
  const problem = (path: string[], message: string) => {
    problems.push(problemOf(tool, place.namespace, ["spec", ...path], message));
    return undefined;
  };
  const { definition, implementation: { http, flowRef, mcp, onError, approval } } = tool.spec;
  if (!isJsonObject(definition)) {
    return problem(
      ["definition"],
      `is ${JSON.stringify(definition)}, should be an object with name and description`,
    );
  }
  const resource = findResource(definition, ["definition"]);
  if (resource !== undefined) return problem(resource.path.map(String), resource.message);
  const named = { name: tool.metadata.name, ...definition };
  if (typeof named.name !== "string" || named.name === "") {
    return problem(["definition", "name"], `is ${JSON.stringify(named.name)}, should be a text`);
  }
  // The runner reads it so: what it refuses is not rolled out.
  const read = toolDefinitionSchema.safeParse(named, { error: describeIssue });
  const issue = read.error?.issues[0];
  if (issue !== undefined) return problem(["definition", ...issue.path.map(String)], issue.message);
  const base = {
    name: tool.metadata.name,
    definition: named,
    ...onError && { onError },
    ...approval && { approval },
  };
  if (mcp !== undefined) {
    const fault = mcpFault(tool);
    if (fault !== undefined) return problem(...fault);
    const { headersSecretRef, ...server } = mcp;
    const headersSecret = isSet(headersSecretRef) ? headersSecretRef.name : undefined;
    return { ...base, mcp: { ...server, ...headersSecret && { headersSecret } } };
  }
  if (http !== undefined && isSet(flowRef)) {
    return problem(["implementation"], "http and flowRef are both set, should be one of them");
  }
  if (http !== undefined) {
    const fault = urlFault(http.url);
    if (fault !== undefined) return problem(["implementation", "http", "url"], fault);
    const { headersSecretRef, ...request } = http;
    const headersSecret = isSet(headersSecretRef) ? headersSecretRef.name : undefined;
    return { ...base, http: { ...request, ...headersSecret && { headersSecret } } };
  }
  if (!isSet(flowRef)) {
    return problem(
      ["implementation"],
      "none of http, flowRef and mcp is set, should be one of them",
    );
  }
  const isSibling = place.siblings?.includes(flowRef.name);
  if (isSibling && lookup.find("Flow", place.namespace, flowRef.name).outcome === "missing") {
    return { ...base, flowRef: { name: flowRef.name } };
  }
  const target = follow({
    kind: "Flow",
    name: flowRef.name,
    referrer: tool,
    path: ["spec", "implementation", "flowRef", "name"],
    place,
    lookup,
    problems,
  });
  return target &&
    { ...base, flowRef: { name: flowRef.name, url: flowUrl(target, place.namespace) } };
}

/** The field of a Tool that is wrong for an MCP server, and what is wrong with it. */
function mcpFault(
  { spec: { definition, implementation: { mcp } } }: Tool,
): [path: string[], message: string] | undefined {
  const { url = "" } = mcp ?? {};
  const fault = /[{}]/.test(url)
    ? `is "${url}", should have no fields of the input`
    : urlFault(url);
  if (fault !== undefined) return [["implementation", "mcp", "url"], fault];
  const { inputSchema, outputSchema } = definition as Record<string, unknown>;
  const given = inputSchema ? "inputSchema" : outputSchema ? "outputSchema" : undefined;
  return given === undefined
    ? undefined
    : [["definition", given], "is set, should be absent: the MCP server describes its functions"];
}

/** What is wrong with a tool's URL: fields of the input may stand in it, yet not in its host. */
function urlFault(url: string): string | undefined {
  const origin = /^https?:\/\/[^/?#]*/i.exec(url)?.[0];
  if (origin === undefined || !URL.canParse(url)) {
    return `is "${url}", should be an http or https URL`;
  }
  if (/[{}]/.test(origin)) return `is "${url}", should have a host without fields of the input`;
  const { username, password, host } = new URL(url);
  return username === "" && password === ""
    ? undefined
    : `at "${host}" holds a user name or password, should have them in headersSecretRef`;
}

/** Where a Flow's Service answers inside the cluster. */
function flowUrl({ metadata: { name }, spec: { port } }: Flow, namespace: string): string {
  return `http://${name}.${namespace}.svc:${port}/${name}`;
}
