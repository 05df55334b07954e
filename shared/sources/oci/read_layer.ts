import { Readable } from "node:stream";
import { extract, type Header } from "tar-stream";
import { FetchFailure } from "../fetcher.ts";
import type { SourceProblem } from "../source_problem.ts";
import { type IsResource, isWanted } from "../resource_files.ts";
import { type Budget, unpackedBytes, verifiedBytes } from "./layer_bytes.ts";
import type { Descriptor } from "./manifest.ts";
import { watchedBytes } from "./watched_bytes.ts";

/** What one layer adds to those below it, and takes away. */
export interface Layer {
  /** Path to content; of files that can hold objects. */
  files: Map<string, Uint8Array>;
  /** Paths that are gone, with everything below them. */
  removed: string[];
  /** Folders, which take the place of a file of their name. */
  folders: string[];
  /** Folders of which nothing from below is left. */
  emptied: string[];
  warnings: SourceProblem[];
}

/** The name of a file in a layer that is no archive (https://oras.land). */
const TITLE = "org.opencontainers.image.title";
/** ORAS packs a folder as tar and gzip, whatever type its user gives it, and says so. */
const UNPACK = "io.deis.oras.content.unpack";

/** The most characters of a path. */
const MAX_NAME = 1024;

/** How a layer is packed; where it is one file, with its name. */
export type LayerForm = { form: "tar" | "tar+gzip" } | { form: "file"; title: string };

/**
 * Tells how a layer is packed; undefined for one that holds no objects and is passed over.
 *
 * @throws {FetchFailure} where it is packed by zstd.
 */
export function layerForm(
  { mediaType, annotations }: Pick<Descriptor, "mediaType" | "annotations">,
  isResource: IsResource = () => false,
): LayerForm | undefined {
  const title = annotations?.[TITLE];
  const isFolder = annotations?.[UNPACK] === "true";
  // ORAS gives a file the type of an archive where its user names none.
  if (title !== undefined && !isFolder && isWanted(title, isResource)) {
    return { form: "file", title };
  }
  const type = mediaType.replace(/;.*/, "").trim().toLowerCase();
  if (/[.+]zstd$/.test(type)) {
    throw new FetchFailure(
      "InvalidContent",
      `a layer is "${mediaType}", should be tar or tar+gzip`,
    );
  }
  if (/(tar[.+]gzip|tgz)$/.test(type)) return { form: "tar+gzip" };
  if (isFolder || /(^|[./+-])g?tar$/.test(type)) return { form: "tar" };
  return title === undefined && /gzip$/.test(type) ? { form: "tar+gzip" } : undefined;
}

/**
 * Reads a layer: an archive, or one file whose name stands beside it. It must be used only when this
 * has resolved: only then is its digest verified.
 *
 * @throws {FetchFailure} where it is broken, hostile, or larger than the budget.
 */
export async function readLayer(
  descriptor: Descriptor,
  form: LayerForm,
  body: ReadableStream<Uint8Array> | null,
  budget: Budget,
): Promise<Layer> {
  const layer: Layer = { files: new Map(), removed: [], folders: [], emptied: [], warnings: [] };
  const bytes = unpackedBytes(verifiedBytes(body, descriptor, budget), form.form, budget);
  try {
    if (form.form === "file") await readFile(bytes, form.title, layer, budget);
    else await readTar(bytes, layer, budget);
  } catch (error) {
    const { digest } = descriptor;
    const isNamed = (error as Error).message.includes(digest);
    if (!(error instanceof FetchFailure) || error.reason !== "InvalidContent" || isNamed) {
      throw error;
    }
    const message = `its layer "${digest}": ${error.message}`;
    throw new FetchFailure(error.reason, message, { cause: error });
  }
  return layer;
}

async function readFile(
  bytes: AsyncGenerator<Uint8Array>,
  title: string,
  layer: Layer,
  budget: Budget,
): Promise<void> {
  countEntry(budget);
  const path = cleanPath(title);
  const content = await collect(bytes, path, budget);
  if (matters(path, budget)) layer.files.set(path, content);
}

async function readTar(
  bytes: AsyncGenerator<Uint8Array>,
  layer: Layer,
  budget: Budget,
): Promise<void> {
  const archive = extract();
  const { bytes: all, failure } = watchedBytes(bytes);
  const input = Readable.from(all);
  input.on("error", (error) => archive.destroy(error));
  const ended = new Promise<void>((resolve) => input.once("close", () => resolve()));
  input.pipe(archive);
  try {
    for await (const entry of archive) {
      countEntry(budget);
      await readEntry(entry.header, entry as AsyncIterable<Uint8Array>, layer, budget);
      entry.resume();
    }
    // The archive ends before its file does; the digest is of the whole.
    await ended;
  } catch (error) {
    input.destroy();
    if (failure() !== undefined) throw failure();
    if (error instanceof FetchFailure) throw error;
    throw new FetchFailure("InvalidContent", "it is not a valid tar archive", {
      cause: error,
    });
  }
  if (failure() !== undefined) throw failure();
}

async function readEntry(
  { name, type, size = 0, linkname }: Header,
  content: AsyncIterable<Uint8Array>,
  layer: Layer,
  budget: Budget,
): Promise<void> {
  const path = cleanPath(name);
  const slash = path.lastIndexOf("/");
  const [folder, base] = [path.slice(0, Math.max(0, slash)), path.slice(slash + 1)];
  // https://github.com/opencontainers/image-spec/blob/main/layer.md#whiteouts
  if (base === ".wh..wh..opq") {
    layer.emptied.push(folder);
  } else if (base.startsWith(".wh.") && base.length > 4) {
    layer.removed.push(folder === "" ? base.slice(4) : `${folder}/${base.slice(4)}`);
  } else if (type === "directory") {
    layer.folders.push(path);
  } else if (type === "file" || type === "contiguous-file") {
    if (size > budget.maxFileBytes) throw tooLarge(path, budget);
    layer.removed.push(path);
    if (matters(path, budget)) layer.files.set(path, await collect(content, path, budget));
    else layer.files.delete(path);
  } else {
    layer.removed.push(path);
    layer.files.delete(path);
    if (!matters(path, budget)) return;
    const isLink = type === "symlink" || type === "link";
    const what = isLink ? `a link to "${String(linkname).slice(0, 80)}"` : `no file but a ${type}`;
    layer.warnings.push({ file: path, message: `is ${what}, which is passed over` });
  }
}

async function collect(
  bytes: AsyncIterable<Uint8Array>,
  path: string,
  budget: Budget,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of bytes) {
    size += part.length;
    if (size > budget.maxFileBytes) throw tooLarge(path, budget);
    parts.push(part);
  }
  const all = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Files that can hold objects, and resources; what is hidden is passed over, as in a folder. */
function matters(path: string, { isResource = () => false }: Budget): boolean {
  const hidden = path.split("/").some((name) => name.startsWith(".") || name === "node_modules");
  return isWanted(path, isResource) && !hidden;
}

/**
 * A path from the artifact's root, without `./` and slashes at its ends.
 *
 * @throws {FetchFailure} where it leads out of the artifact.
 */
function cleanPath(name: string): string {
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  if (name.length > MAX_NAME) {
    const message = `it holds a name of ${name.length} characters, should be at most ${MAX_NAME}`;
    throw new FetchFailure("InvalidContent", message);
  }
  // What is no UTF-8 came as U+FFFD: two names could have become one.
  if (name.includes("\ufffd")) {
    const message = `it holds a file ${shown(name)}, whose name is not UTF-8`;
    throw new FetchFailure("InvalidContent", message);
  }
  // deno-lint-ignore no-control-regex
  if (name.startsWith("/") || parts.includes("..") || /[\u0000-\u001f\\]/.test(name)) {
    const message = `it holds a file ${shown(name)}, which is outside of it`;
    throw new FetchFailure("InvalidContent", message);
  }
  return parts.join("/");
}

/** A name in quotes, all of it in plain characters. */
function shown(name: string): string {
  return JSON.stringify(name.slice(0, 80)).replaceAll(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function countEntry(budget: Budget) {
  if (--budget.entries < 0) throw new FetchFailure("TooLarge", "it holds more files than maxFiles");
}

function tooLarge(path: string, { maxFileBytes }: Budget): FetchFailure {
  const message = `its file "${path}" is larger than maxFileBytes, ${maxFileBytes} bytes`;
  return new FetchFailure("TooLarge", message);
}
