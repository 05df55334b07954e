import { FetchFailure } from "../fetcher.ts";
import type { GitHttp } from "./git_http.ts";
import { DELIMITER, FLUSH, packetLine, PacketReader, rejectErrorLine, textOf } from "./pkt_line.ts";

/** The references of a repository, or those that were asked for. */
export interface RemoteRefs {
  /** The commit (or what else) of each, by full name; of an annotated tag what it stands for. */
  oids: Map<string, string>;
  /** The full name of the default branch, where the server says it. */
  head?: string;
}

/** What a server can do, of what matters here. */
export interface GitServer {
  /** 0 is the oldest, of before 2018; a few hosts know no other. */
  protocol: 0 | 2;
  /** Whether it can leave out files until they are asked for. */
  filter: boolean;
  /** Version 0 tells all references with the first answer. */
  refs?: RemoteRefs;
}

/** The most bytes of a list of references: some 100,000 of them. */
const MAX_REFS_BYTES = 8 * 1024 * 1024;
const WHAT = "the list of its branches and tags";
const ZERO = /^0+$/;

/**
 * Asks a server what it can do.
 *
 * @throws {FetchFailure} where that is no Git repository.
 * @see https://git-scm.com/docs/gitprotocol-v2 and https://git-scm.com/docs/gitprotocol-pack
 */
export async function discoverServer(http: GitHttp, signal: AbortSignal): Promise<GitServer> {
  const answer = await http.send({ path: "info/refs?service=git-upload-pack", signal });
  if (answer.contentType !== "application/x-git-upload-pack-advertisement") {
    await answer.body.cancel();
    const what = answer.contentType || "of no type";
    throw new FetchFailure("NotFound", `what is there is no Git repository, but ${what}`);
  }
  const lines = await readLines(answer.body);
  // The name of the service comes first; some servers leave it out.
  const first = lines.findIndex((line) => !line.startsWith("# service="));
  const told = first < 0 ? [] : lines.slice(first);
  if (told[0] === "version 2") {
    rejectOtherHash(told.find((line) => line.startsWith("object-format=")));
    const fetch = told.find((line) => line.startsWith("fetch="))?.slice("fetch=".length) ?? "";
    return { protocol: 2, filter: fetch.split(" ").includes("filter") };
  }
  return { protocol: 0, filter: false, refs: oldRefs(told) };
}

/** Asks a server of version 2 for the references that begin with one of `prefixes`, and HEAD. */
export async function listRefs(
  http: GitHttp,
  prefixes: readonly string[],
  signal: AbortSignal,
): Promise<RemoteRefs> {
  const body = packetLine("command=ls-refs") + packetLine("object-format=sha1") + DELIMITER +
    packetLine("peel") + packetLine("symrefs") +
    ["HEAD", ...prefixes].map((prefix) => packetLine(`ref-prefix ${prefix}`)).join("") + FLUSH;
  const answer = await http.send({ path: "git-upload-pack", body, signal });
  const refs: RemoteRefs = { oids: new Map() };
  for (const line of await readLines(answer.body)) {
    const [oid = "", name = "", ...attributes] = line.split(" ");
    // An empty repository's HEAD is "unborn".
    if (!isOid(oid)) continue;
    const peeled = attributes.find((attribute) => attribute.startsWith("peeled:"));
    refs.oids.set(name, peeled?.slice("peeled:".length) ?? oid);
    const target = attributes.find((attribute) => attribute.startsWith("symref-target:"));
    if (name === "HEAD" && target !== undefined) refs.head = target.slice("symref-target:".length);
  }
  return refs;
}

/** Tells whether a text is the id of an object. */
export function isOid(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text);
}

function oldRefs(lines: readonly string[]): RemoteRefs {
  const refs: RemoteRefs = { oids: new Map() };
  const [first = ""] = lines;
  const capabilities = first.split("\0")[1]?.split(" ") ?? [];
  rejectOtherHash(capabilities.find((capability) => capability.startsWith("object-format=")));
  const head = capabilities.find((capability) => capability.startsWith("symref=HEAD:"));
  if (head !== undefined) refs.head = head.slice("symref=HEAD:".length);
  for (const line of lines) {
    const [oid = "", name = ""] = line.split("\0")[0]!.split(" ");
    if (!isOid(oid) || ZERO.test(oid)) continue;
    // What an annotated tag stands for follows it.
    refs.oids.set(name.replace(/\^\{\}$/, ""), oid);
  }
  return refs;
}

function rejectOtherHash(format = "object-format=sha1") {
  if (format === "object-format=sha1") return;
  const name = format.slice("object-format=".length);
  throw new FetchFailure("InvalidContent", `its objects are named by ${name}, should be by sha1`);
}

/** The lines of an answer up to its end; what separates them is left out. */
async function readLines(body: ReadableStream<Uint8Array>): Promise<string[]> {
  const reader = new PacketReader(body, { maxBytes: MAX_REFS_BYTES, what: WHAT });
  const lines: string[] = [];
  for (let packet = await reader.next(); packet !== "end"; packet = await reader.next()) {
    if (typeof packet === "string") continue;
    const line = textOf(packet);
    rejectErrorLine(line);
    lines.push(line);
  }
  return lines;
}
