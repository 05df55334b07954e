/** Where the tree is mounted in a pod. */
export const ROOT = "/genkit";

/** The file whose presence means the multi layout, relative to the root. */
export const MANIFEST = "manifest.json";

/** The name of the config file of a flow. */
export const CONFIG = "config.json";

/** The folder of a flow of the multi layout, relative to the root. */
export function flowDir(flow: string): string {
  return `flows/${flow}`;
}

/** The folder of a flow's credentials, relative to the flow's folder: one file a key. */
export const CREDENTIALS_DIR = "credentials";

/** The folder of the credentials of a flow's fallback, by its place in config.json, from 0. */
export function fallbackCredentialsDir(index: number): string {
  return `fallbacks/${index}/${CREDENTIALS_DIR}`;
}

/** The folder of the API keys that callers of a flow send, relative to its folder: a file a caller. */
export const API_KEYS_DIR = "api-keys";

/** A prompt's file, relative to its flow's folder. */
export function promptPath(name: string): string {
  return `prompts/${name}.prompt`;
}

/** A tool's file, relative to its flow's folder. */
export function toolPath(name: string): string {
  return `tools/${name}.json`;
}

/** The folder of a tool's headers, relative to its flow's folder: one file a header. */
export function toolHeadersDir(name: string): string {
  return `tools/${name}.headers`;
}
