import { join } from "node:path/posix";
import { parseDocument } from "./parse_document.ts";
import type { SourceProblem } from "./source_problem.ts";

/** Files that hold no objects as they stand: a tool makes objects of them, or reads them otherwise. */
export interface BuildInputs {
  files: ReadonlySet<string>;
  /** One for each Helm chart and kustomization of which files are passed over: why, and what to do. */
  notes: SourceProblem[];
}

/** A folder's name and what is in it, as {@linkcode buildInputs} finds it. */
interface Found {
  /** What is passed over and worth a word. */
  inputs: string[];
  /** What is no object and nobody would take for one. */
  silent: string[];
  /** `files` is like `2 files are`. */
  note: (files: string) => string;
}

/**
 * Finds, among files by their paths, those of Helm charts (Chart.yaml, values, templates: see
 * https://helm.sh/docs/topics/charts) and those that a kustomization takes as something else than a
 * resource (patches and inputs: see
 * https://kubectl.docs.kubernetes.io/references/kustomize/kustomization). A file that some
 * kustomization has as a resource is none of them, nor one whose Chart.yaml or kustomization.yaml
 * is not among the files: who names it by itself wants it read. A configuration of `genkitd serve`
 * is passed over as well, without a word.
 */
export function buildInputs(files: ReadonlyMap<string, string>): BuildInputs {
  const passed = new Set<string>();
  const notes: SourceProblem[] = [];
  const resources = new Set<string>();
  const found = new Map<string, Found>();
  for (const [file, text] of files) {
    const { name } = split(file);
    if (/^genkitd\.ya?ml$/.test(name) && isServeConfig(text)) passed.add(file);
    if (name === "Chart.yaml") set(found, file, chartInputs(file, text, files));
    if (!/^kustomization\.ya?ml$/.test(name)) continue;
    const kustomization = readKustomization(text);
    if (kustomization === undefined) continue;
    for (const path of texts(kustomization.resources)) resources.add(resolve(file, path));
    set(found, file, kustomizeInputs(file, kustomization));
  }
  for (const [file, { inputs, silent, note }] of found) {
    const taken = new Set(inputs.filter((path) => files.has(path) && !resources.has(path)));
    for (const path of [...taken, ...silent]) passed.add(path);
    const count = taken.size === 1 ? "1 file is" : `${taken.size} files are`;
    if (taken.size > 0) notes.push({ file, message: note(count) });
  }
  return { files: passed, notes };
}

function set(found: Map<string, Found>, file: string, inputs: Found | undefined) {
  if (inputs !== undefined) found.set(file, inputs);
}

function chartInputs(
  file: string,
  text: string,
  files: ReadonlyMap<string, string>,
): Found | undefined {
  const { apiVersion, name, kind } = parsed(text) ?? {};
  // What has a kind is an object; what has no name is no chart, and may be anything.
  if (typeof apiVersion !== "string" || typeof name !== "string" || kind !== undefined) return;
  const { folder } = split(file);
  const inside = [...files.keys()].filter((path) => path.startsWith(folder))
    .map((path) => path.slice(folder.length));
  return {
    inputs: inside.filter((path) => path.startsWith("templates/")).map((path) => folder + path),
    silent: inside
      .filter((path) =>
        /^(Chart\.yaml|values[^/]*|ci\/[^/]*values[^/]*)$/.test(path) ||
        // What templates take in, such as files/rules.yaml.
        !/(?:^|[{,])\s*["']?(apiVersion|kind)["']?\s*:/m.test(files.get(folder + path)!)
      )
      .map((path) => folder + path),
    note: (files) =>
      `${files} passed over that this Helm chart makes objects of; check those: ` +
      `helm template ${shown(folder, "CHART")} | genkitd lint -`,
  };
}

function kustomizeInputs(file: string, kustomization: Record<string, unknown>): Found {
  const {
    kind,
    patches,
    patchesStrategicMerge,
    patchesJson6902,
    replacements,
    configurations,
    openapi,
    configMapGenerator,
    secretGenerator,
    helmCharts,
  } = kustomization;
  const of = (value: unknown, key: string) => records(value).flatMap((each) => texts(each[key]));
  const paths = [
    ...of(patches, "path"),
    ...texts(patchesStrategicMerge),
    ...of(patchesJson6902, "path"),
    ...of(replacements, "path"),
    ...texts(configurations),
    ...of([openapi], "path"),
    // "key=path", or the path alone.
    ...[...of(configMapGenerator, "files"), ...of(secretGenerator, "files")]
      .map((text) => text.slice(text.indexOf("=") + 1)),
    ...of(helmCharts, "valuesFile"),
    ...of(helmCharts, "additionalValuesFiles"),
  ];
  const { folder } = split(file);
  return {
    inputs: paths.map((path) => resolve(file, path)),
    silent: [file],
    note: (files) =>
      `${files} passed over that this kustomization takes as patches or inputs; check what ` +
      (kind === "Component"
        ? "is made of this component, by those who use it"
        : `it makes: kustomize build ${shown(folder, "FOLDER")} | genkitd lint -`),
  };
}

/** A configuration that cannot be parsed is one as well: who is started with it tells of that. */
function isServeConfig(text: string): boolean {
  const has = (keys: string) => new RegExp(`^(${keys})\\s*:`, "m").test(text);
  return has("sources|cache|listen|telemetry|log|drainDelay") && !has("apiVersion|kind");
}

function readKustomization(text: string): Record<string, unknown> | undefined {
  const value = parsed(text);
  if (value === undefined) return;
  const { apiVersion = "kustomize.config.k8s.io/", kind = "Kustomization" } = value;
  // That of Flux has another group, and is an object of the cluster.
  if (!String(apiVersion).startsWith("kustomize.config.k8s.io/")) return;
  return kind === "Kustomization" || kind === "Component" ? value : undefined;
}

function parsed(text: string): Record<string, unknown> | undefined {
  const document = parseDocument({ text, line: 1 });
  return "problem" in document ? undefined : record(document.value);
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as Record<string, unknown>
    : {};
}

function records(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.map(record) : [];
}

function texts(value: unknown): string[] {
  const values = Array.isArray(value) ? value : [value];
  return values.filter((each) => typeof each === "string");
}

/** A path as the folder, with its slash, and the name; a source's `name//` is part of the folder. */
function split(file: string): { folder: string; name: string } {
  const cut = file.lastIndexOf("/") + 1;
  return { folder: file.slice(0, cut), name: file.slice(cut) };
}

/** The path of the file that another one names by a relative path. */
function resolve(file: string, path: string): string {
  const { folder } = split(file);
  const source = /^.*\/\//.exec(folder)?.[0] ?? "";
  return source + join(folder.slice(source.length), path);
}

/** A folder to paste into a shell; a word for one of a source elsewhere, or of an odd name. */
function shown(folder: string, word: string): string {
  if (folder === "") return ".";
  return /^[\w./-]+$/.test(folder) && !folder.includes("//") ? folder.slice(0, -1) || "/" : word;
}
