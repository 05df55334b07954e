import { type ZodType } from "zod";
import type { BrokenFlow, Bundle, FlowDefinition, PromptFile } from "./bundle.ts";
import { type RuntimeConfig, runtimeConfigSchema } from "./config.ts";
import { type Manifest, manifestSchema } from "./manifest.ts";
import { CONFIG, flowDir, MANIFEST, ROOT } from "./paths.ts";
import { type ToolFile, toolFileSchema } from "./tool_file.ts";

/** Why a tree, or one flow of it, cannot be served. */
class TreeError extends Error {}

/**
 * Reads a /genkit tree: the multi layout where manifest.json is there, else the single one. A flow
 * that cannot be read is listed in `broken`; the others are unaffected.
 *
 * @param files Path relative to the root, to text, as {@linkcode readDirectory} or `writeTree` gives.
 * @param root Where the tree is on disk; paths in the manifest may name it or `/genkit`.
 * @throws {Error} where there is neither a manifest nor a config, or the manifest is not valid.
 */
export function readTree(files: ReadonlyMap<string, string>, root: string = ROOT): Bundle {
  return files.has(MANIFEST) ? readMulti(files, root) : readSingle(files, root);
}

function readSingle(files: ReadonlyMap<string, string>, root: string): Bundle {
  if (!files.has(CONFIG)) {
    throw new Error(
      `Cannot read the flows at "${root}": neither ${MANIFEST} (several flows) nor ${CONFIG} (one flow) is there`,
    );
  }
  return collect("single", [{ name: undefined, read: () => readFlow(files, "", {}) }]);
}

function readMulti(files: ReadonlyMap<string, string>, root: string): Bundle {
  let manifest: Manifest;
  try {
    manifest = parse(files, MANIFEST, manifestSchema);
  } catch (error) {
    throw new Error(`Cannot read the flows at "${root}": ${(error as Error).message}`);
  }
  const seen = new Set<string>();
  return collect(
    "multi",
    manifest.flows.map((entry) => ({
      name: entry.name,
      read: () => {
        if (seen.has(entry.name)) throw new TreeError(`${MANIFEST} names the flow twice`);
        seen.add(entry.name);
        const dir = relative(entry.dir || flowDir(entry.name), root);
        if (!files.has(`${dir}/${CONFIG}`)) throw new TreeError(`"${dir}/${CONFIG}" is missing`);
        return readFlow(files, `${dir}/`, entry);
      },
    })),
  );
}

function collect(
  layout: Bundle["layout"],
  entries: { name: string | undefined; read: () => FlowDefinition }[],
): Bundle {
  const flows: FlowDefinition[] = [];
  const broken: BrokenFlow[] = [];
  for (const { name, read } of entries) {
    try {
      flows.push(read());
    } catch (error) {
      if (!(error instanceof TreeError)) throw error;
      broken.push({ name, reason: error.message });
    }
  }
  return { layout, flows, broken };
}

function readFlow(
  files: ReadonlyMap<string, string>,
  dir: string,
  entry: { name?: string; entrypoint?: string | null },
): FlowDefinition {
  const config: RuntimeConfig = parse(files, `${dir}${CONFIG}`, runtimeConfigSchema);
  const prompts: PromptFile[] = filesIn(files, `${dir}prompts/`, ".prompt")
    .map(({ name, path }) => ({ name, source: files.get(path)! }));
  const tools: ToolFile[] = filesIn(files, `${dir}tools/`, ".json")
    .map(({ path }) => parse(files, path, toolFileSchema));
  const name = entry.name ?? config.flow?.name ?? undefined;
  return {
    name,
    entrypoint: entrypoint(prompts, entry.entrypoint || config.flow?.entrypoint || undefined, name),
    config,
    prompts,
    tools,
  };
}

/** The wanted prompt, else the one with the flow's own name, else the first by name. */
function entrypoint(prompts: PromptFile[], wanted: string | undefined, flow: string | undefined) {
  const names = prompts.map(({ name }) => name).filter((name) => !name.startsWith("_"));
  if (names.length === 0) throw new TreeError(`it has no prompt: no file prompts/*.prompt`);
  if (wanted === undefined) return flow !== undefined && names.includes(flow) ? flow : names[0]!;
  if (!names.includes(wanted)) {
    throw new TreeError(
      `its entrypoint is the prompt "${wanted}", and its prompts are ${names.join(", ")}`,
    );
  }
  return wanted;
}

/** The files directly in a folder, by name without the ending, sorted. */
function filesIn(files: ReadonlyMap<string, string>, dir: string, ending: string) {
  return [...files.keys()]
    .filter((path) =>
      path.startsWith(dir) && path.endsWith(ending) && path.length > dir.length + ending.length
    )
    .map((path) => ({ path, name: path.slice(dir.length, -ending.length) }))
    .filter(({ name }) => !name.includes("/"))
    .sort((a, b) => a.name < b.name ? -1 : 1);
}

function parse<T>(files: ReadonlyMap<string, string>, path: string, schema: ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(files.get(path)!);
  } catch (error) {
    throw new TreeError(`"${path}" is not JSON: ${(error as Error).message}`);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw new TreeError(`"${path}" is not valid at "${issue.path.join(".")}": ${issue.message}`);
}

/** A path of the manifest as one relative to the root. */
function relative(path: string, root: string): string {
  const base = [root.replace(/\/+$/, ""), ROOT].find((base) =>
    path === base || path.startsWith(`${base}/`)
  );
  const inside = base === undefined ? path : path.slice(base.length + 1);
  if (inside.startsWith("/") || inside.split("/").includes("..")) {
    throw new TreeError(`its folder "${path}" is not below "${root}"`);
  }
  return inside.replace(/\/+$/, "");
}
