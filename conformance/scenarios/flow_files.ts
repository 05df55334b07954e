import { canonicalJson } from "../../shared/contract/canonical_json.ts";
import { CONFIG, CREDENTIALS_DIR, promptPath, toolPath } from "../../shared/contract/paths.ts";
import type { Surroundings } from "../scenario.ts";

/** The frontmatter of a prompt that takes `text`, with further lines of YAML. */
export function frontmatter(...lines: string[]): string {
  return ["---", "input:", "  schema:", "    text?: string", ...lines, "---", ""].join("\n");
}

/** A prompt that says `text` to the model. */
export const PLAIN = `${frontmatter()}Say this again: {{text}}\n`;

/** What a flow consists of. */
export interface FlowParts {
  /** Its folder relative to the root, `""` for the root itself. */
  dir: string;
  /** Name to source. */
  prompts: Readonly<Record<string, string>>;
  /** Name to the content of the tool's file. */
  tools?: Readonly<Record<string, unknown>>;
  /** The credential's file, as it is; none where it is absent. */
  credential?: string;
  /** Further keys of config.json, which go before the usual ones. */
  config?: Readonly<Record<string, unknown>>;
  /** Further keys of config.json's `defaultModel`. */
  model?: Readonly<Record<string, unknown>>;
  /** Path relative to the flow's folder, to text. */
  files?: Readonly<Record<string, string>>;
}

/** Writes the files of one flow: path relative to the root, to text. */
export function flowFiles(parts: FlowParts, surroundings: Surroundings): [string, string][] {
  const { dir, prompts, tools = {}, credential, config, model, files = {} } = parts;
  const { provider, root } = surroundings;
  const at = (path: string) => dir === "" ? path : `${dir}/${path}`;
  const credentials = `${CREDENTIALS_DIR}/${provider.key}`;
  const content = {
    defaultModel: { provider: provider.type, model: provider.models[0], ...model },
    ...pluginConfig(surroundings),
    ...credential !== undefined && {
      credentialsDir: `${root}/${at(CREDENTIALS_DIR)}`,
      credentialKeys: [provider.key],
    },
    ...config,
  };
  return [
    [at(CONFIG), canonicalJson(content)],
    ...Object.entries(prompts).map(([name, source]): [string, string] => [
      at(promptPath(name)),
      source,
    ]),
    ...Object.entries(tools).map(([name, tool]): [string, string] => [
      at(toolPath(name)),
      canonicalJson(tool),
    ]),
    ...credential === undefined ? [] : [[at(credentials), credential] as [string, string]],
    ...Object.entries(files).map(([path, text]): [string, string] => [at(path), text]),
  ];
}

/** The `plugin` of a config.json: the provider, at the mock model's address. */
export function pluginConfig({ provider, modelUrl }: Surroundings) {
  const baseURL = modelUrl + provider.basePath;
  return {
    plugin: {
      type: provider.type,
      ...provider.type !== "echo" && { extraConfig: { baseURL } },
    },
  };
}
