import type { Clock } from "../../shared/clock.ts";
import type { ReadApiKeys } from "./api_keys.ts";

/** How long what was read holds, in milliseconds: a rotated key counts after this, without a restart. */
const FRESH = 1_000;
/** The most callers, and the longest key in characters. */
const MAX_CALLERS = 10_000;
const MAX_KEY = 4_096;

/** Reads the API keys of a mounted Secret: a file a caller. A folder that is not there has none. */
export function mountedApiKeys(dir: string, clock: Clock): ReadApiKeys {
  let read: { keys: Promise<ReadonlyMap<string, string>>; at: number } | undefined;
  return () => {
    if (read === undefined || clock.now() - read.at >= FRESH) {
      read = { keys: readKeys(dir), at: clock.now() };
    }
    return read.keys;
  };
}

async function readKeys(dir: string): Promise<ReadonlyMap<string, string>> {
  const keys = new Map<string, string>();
  for (const name of await listNames(dir)) {
    // A kubelet's own files begin with two dots.
    if (name.startsWith("..") || keys.size >= MAX_CALLERS) continue;
    const text = await readText(`${dir}/${name}`);
    if (text !== undefined && text.length <= MAX_KEY) keys.set(name, text);
  }
  return keys;
}

async function listNames(dir: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(dir))).map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Undefined for a folder, and for a file that went away since: the kubelet swaps all at once. */
async function readText(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.IsADirectory) {
      return undefined;
    }
    throw error;
  }
}
