import type {
  FlowServer,
  ServedFallback,
  ServedFlow,
  ServedModel,
  ServedPlugin,
  ServedTool,
} from "../flows/flow_server.ts";
import { canonicalJson } from "./canonical_json.ts";
import type { FallbackConfig, RuntimeConfig } from "./config.ts";
import type { Manifest } from "./manifest.ts";
import {
  API_KEYS_DIR,
  CONFIG,
  CREDENTIALS_DIR,
  fallbackCredentialsDir,
  flowDir,
  MANIFEST,
  promptPath,
  ROOT,
  toolHeadersDir,
  toolPath,
} from "./paths.ts";

/**
 * Writes the /genkit tree of a server: path (relative to the root) to text. Credentials and header
 * values are not part of it: they are mounted beside it, from Secrets.
 */
export function writeTree(server: FlowServer, root: string = ROOT): Map<string, string> {
  const files = new Map<string, string>();
  for (const flow of server.flows) {
    const dir = server.layout === "multi" ? flowDir(flow.name) : "";
    const at = (path: string) => dir === "" ? path : `${dir}/${path}`;
    files.set(at(CONFIG), canonicalJson(config(flow, `${root}/${at("")}`)));
    for (const prompt of flow.prompts) files.set(at(promptPath(prompt.name)), prompt.source);
    for (const tool of flow.tools) {
      files.set(at(toolPath(tool.name)), canonicalJson(toolFile(tool, `${root}/${at("")}`)));
    }
  }
  if (server.layout === "multi") files.set(MANIFEST, canonicalJson(manifest(server, root)));
  return files;
}

function manifest(server: FlowServer, root: string): Manifest {
  return {
    // Sorted, since the order says nothing and should not change the content's hash.
    flows: server.flows.toSorted((a, b) => a.name < b.name ? -1 : 1)
      .map(({ name, entrypoint }) => ({ name, entrypoint, dir: `${root}/${flowDir(name)}` })),
  };
}

function config(flow: ServedFlow, dir: string): RuntimeConfig {
  const { model, plugin, fallbacks, auth, limits, cors, cache, schedule } = flow;
  return {
    ...model && { defaultModel: modelConfig(model) },
    ...model?.retry && { retry: model.retry },
    ...plugin && pluginConfig(plugin, `${dir}${CREDENTIALS_DIR}`),
    ...fallbacks && { fallbacks: fallbacks.map((each, index) => fallback(each, index, dir)) },
    ...auth && {
      auth: {
        ...auth.apiKeys && {
          apiKeys: { header: auth.apiKeys.header, dir: `${dir}${API_KEYS_DIR}` },
        },
        ...auth.jwt && { jwt: auth.jwt },
      },
    },
    ...limits && { limits },
    ...cors && { cors },
    ...cache && { cache },
    ...schedule && { schedule },
    flow: { name: flow.name, ...flow.entrypoint !== "" && { entrypoint: flow.entrypoint } },
  };
}

function fallback({ model, plugin }: ServedFallback, index: number, dir: string): FallbackConfig {
  return {
    model: modelConfig(model),
    ...model.retry && { retry: model.retry },
    ...pluginConfig(plugin, `${dir}${fallbackCredentialsDir(index)}`),
  };
}

function modelConfig({ provider, model, info, config }: ServedModel) {
  return { provider, model, ...info && { info }, ...config && { config } };
}

/** The provider's settings, and where its credentials are. */
function pluginConfig(plugin: ServedPlugin, credentialsDir: string) {
  const { type, region, extraConfig, secret, credentialKeys } = plugin;
  return {
    plugin: { type, ...region && { region }, ...extraConfig && { extraConfig } },
    ...secret && { credentialsDir },
    ...credentialKeys.length > 0 && { credentialKeys },
  };
}

function toolFile(tool: ServedTool, dir: string) {
  const { http, flowRef, mcp, onError, approval } = tool;
  // headersSecretRef is what 0.5.0's runners were shown; headersDir is where the values are.
  const secretHeaders = (secret: string | undefined) =>
    secret && {
      headersSecretRef: { name: secret },
      headersDir: `${dir}${toolHeadersDir(tool.name)}`,
    };
  return {
    definition: tool.definition,
    implementation: {
      ...http && {
        http: {
          url: http.url,
          method: http.method,
          ...http.headers && { headers: http.headers },
          ...http.timeoutSeconds !== undefined && { timeoutSeconds: http.timeoutSeconds },
          ...http.retries !== undefined && { retries: http.retries },
          ...http.maxResponseBytes !== undefined && { maxResponseBytes: http.maxResponseBytes },
          ...secretHeaders(http.headersSecret),
        },
      },
      ...flowRef && { flowRef },
      ...mcp && {
        mcp: {
          url: mcp.url,
          ...mcp.tools && mcp.tools.length > 0 && { tools: mcp.tools },
          ...mcp.headers && { headers: mcp.headers },
          ...mcp.timeoutSeconds !== undefined && { timeoutSeconds: mcp.timeoutSeconds },
          ...mcp.maxResponseBytes !== undefined && { maxResponseBytes: mcp.maxResponseBytes },
          ...secretHeaders(mcp.headersSecret),
        },
      },
      ...onError && { onError },
      ...approval && { approval },
    },
  };
}
