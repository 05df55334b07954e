import { FetchFailure } from "../fetcher.ts";
import type { GitHttp } from "./git_http.ts";
import {
  concat,
  DELIMITER,
  FLUSH,
  packetLine,
  PacketReader,
  quotable,
  rejectErrorLine,
  textOf,
} from "./pkt_line.ts";
import type { GitServer } from "./remote_refs.ts";

/** What {@linkcode fetchPack} asks for. */
export interface PackRequest {
  /** The ids of commits, or of files where the server can leave files out. */
  wants: readonly string[];
  /** Whether commits come without the history before them. */
  shallow: boolean;
  /** Whether files are left out. */
  withoutFiles: boolean;
  /** The most bytes that are taken. */
  maxBytes: number;
  signal: AbortSignal;
}

/**
 * Asks a server for objects and gives its pack.
 *
 * @throws {FetchFailure} where there are none of that name, or the pack is larger than `maxBytes`.
 */
export async function fetchPack(
  http: GitHttp,
  { protocol }: GitServer,
  request: PackRequest,
): Promise<Uint8Array> {
  const { maxBytes, signal } = request;
  const body = protocol === 2 ? newRequest(request) : oldRequest(request);
  const answer = await http.send({ path: "git-upload-pack", body, signal });
  // Of each 65,520 bytes at most five are not the pack's; progress is not asked for.
  const reader = new PacketReader(answer.body, {
    maxBytes,
    what: "what the server sends for one commit",
  });
  try {
    await skipToPack(reader, protocol);
    return await readPackets(reader);
  } finally {
    await reader.close();
  }
}

function newRequest({ wants, shallow, withoutFiles }: PackRequest): string {
  return packetLine("command=fetch") + packetLine("object-format=sha1") + DELIMITER +
    packetLine("ofs-delta") + packetLine("no-progress") +
    wants.map((oid) => packetLine(`want ${oid}`)).join("") +
    (shallow ? packetLine("deepen 1") : "") +
    (withoutFiles ? packetLine("filter blob:none") : "") +
    packetLine("done") + FLUSH;
}

function oldRequest({ wants, shallow }: PackRequest): string {
  const [first, ...others] = wants;
  return packetLine(`want ${first} side-band-64k ofs-delta no-progress`) +
    others.map((oid) => packetLine(`want ${oid}`)).join("") +
    (shallow ? packetLine("deepen 1") : "") + FLUSH + packetLine("done");
}

/** What stands before the pack says which commits have no history, which is known. */
async function skipToPack(reader: PacketReader, protocol: GitServer["protocol"]): Promise<void> {
  const last = protocol === 2 ? /^packfile$/ : /^(NAK|ACK .*)$/;
  for (;;) {
    const packet = await reader.next();
    if (packet === "end") throw new FetchFailure("Unreachable", "the answer breaks off");
    if (typeof packet === "string") continue;
    const line = textOf(packet);
    rejectErrorLine(line);
    if (last.test(line)) return;
  }
}

/** Takes the pack out of the packets, which carry it among progress and errors. */
async function readPackets(reader: PacketReader): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (;;) {
    const packet = await reader.next();
    if (typeof packet === "string") return concat(parts);
    const content = packet.subarray(1);
    if (packet[0] === 1) parts.push(content);
    if (packet[0] === 3) {
      throw new FetchFailure("Unreachable", `the server says "${quotable(textOf(content))}"`);
    }
  }
}
