import type { KnownObject } from "../api/kinds.ts";

/** Says in a few words what an object is. Of a Secret the names of its keys, never a value. */
export function detailOf(object: KnownObject): string {
  switch (object.kind) {
    case "Flow":
      return object.spec.image ?? "";
    case "FlowSet":
      return object.spec.image;
    case "Model":
      return `${object.spec.provider}/${object.spec.model}`;
    case "PluginConfig":
      return object.spec.type;
    case "Prompt":
      return object.spec.description ?? "";
    case "Secret":
      return Object.keys({ ...object.data, ...object.stringData }).sort().join(", ");
    case "Tool": {
      const { http, mcp, flowRef } = object.spec.implementation;
      if (http) return `${http.method} ${withoutQuery(http.url)}`;
      if (mcp) return `MCP ${withoutQuery(mcp.url)}`;
      return flowRef ? `Flow "${flowRef.name}"` : "";
    }
    default:
      return "";
  }
}

/** A query or a user name may hold what is nobody else's business. */
function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/s, "").replace(/\/\/[^/@]*@/, "//");
}
