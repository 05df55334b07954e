/** A page that says more. */
export interface FurtherPage {
  title: string;
  /** Relative to docs/reference. */
  path: string;
}

/** The kinds that fields refer to by a name, by the field's own name. */
const REFERRED: ReadonlyMap<string, string> = new Map(Object.entries({
  modelRef: "Model",
  models: "Model",
  pluginConfigRef: "PluginConfig",
  promptRef: "Prompt",
  promptRefs: "Prompt",
  tools: "Tool",
  toolRefs: "Tool",
  flowRef: "Flow",
  datasetRef: "Dataset",
  modelSpec: "Model",
}));

/** Pages that tell what fields do, by what the field's path ends with. */
const PAGES: [end: RegExp, page: string, title: string][] = [
  [/\.auth$/, "../protection.md#auth", "auth"],
  [/\.limits$/, "../protection.md#limits", "limits"],
  [/\.cors$/, "../protection.md#cors", "cors"],
  [/\.cache$/, "../cache.md", "Cache"],
  [/\.schedule$/, "../schedules.md", "Schedules"],
  [/\.retry$/, "../resilience.md#retry", "retry"],
  [/\.onError$/, "../tools.md#onerror", "onError"],
  [/\.approval$/, "../tools.md#approval", "Approval"],
  [/^spec\.type$/, "../providers.md", "Providers"],
  [/^spec\.extraConfig$/, "../providers.md", "Providers"],
  [/\.git\.verify$/, "../sources.md#signatures", "Signatures"],
  [/\.oci\.verify$/, "../sources.md#signatures-of-cosign", "Signatures of cosign"],
  [/^spec\.targetNamespace$/, "../flowsource.md#permissions", "Permissions"],
  [/^status\.conditions$/, "#conditions", "Conditions"],
];

/** Gives the page that says more of the field at `path`, if there is one. */
export function furtherPage(path: string): FurtherPage | undefined {
  const [, page, title] = PAGES.find(([end]) => end.test(path)) ?? [];
  if (page !== undefined) return { path: page, title: title! };
  const name = path.split(".").at(-1)!;
  // Tools of an MCP server are names, not objects.
  const kind = path.includes(".mcp.") ? undefined : REFERRED.get(name);
  return kind === undefined ? undefined : { path: `${kind.toLowerCase()}.md`, title: kind };
}
