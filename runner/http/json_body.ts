import { FlowError } from "../../shared/flow_error.ts";
import type { Clock } from "../../shared/clock.ts";
import { CallerGone } from "./caller_gone.ts";
import { FORBIDDEN_KEY, jsonProblem } from "./json_position.ts";
import type { RequestLimits } from "./request_limits.ts";

/** The deepest nesting of objects and lists in a body. */
export const MAX_DEPTH = 100;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** What clients send JSON as; `curl -d` says that it is a form. */
const CONTENT_TYPES = ["application/json", "text/plain", "application/x-www-form-urlencoded"];

/**
 * Reads the body of a request as JSON, whatever of the usual types it claims to be; undefined where
 * it is empty. What could be read in two ways is refused, as {@linkcode jsonProblem} says.
 *
 * @throws {FlowError} with HTTP status 400, 408, 413 or 415, or {@linkcode CallerGone} where the body
 * breaks off. No part of the body is in its message.
 */
export async function readJsonBody(
  request: Request,
  { limits, clock }: { limits: RequestLimits; clock: Clock },
): Promise<unknown> {
  checkType(request.headers);
  const late = Promise.withResolvers<never>();
  const cancel = clock.after(limits.bodyTimeout, () => {
    const message = `Cannot read the body: it took longer than ${limits.bodyTimeout} ms`;
    late.reject(new FlowError("DEADLINE_EXCEEDED", message, { http: 408 }));
  });
  try {
    const reading = readBytes(request, limits.bodyBytes).catch((error) => {
      throw error instanceof FlowError ? error : new CallerGone();
    });
    const bytes = await Promise.race([reading, late.promise]);
    return parse(decode(bytes));
  } finally {
    cancel();
  }
}

function checkType(headers: Headers): void {
  const encoding = headers.get("content-encoding")?.trim().toLowerCase() ?? "identity";
  if (encoding !== "identity") {
    throw unsupported(`content-encoding "${encoding}" is not supported, it should be identity`);
  }
  const type = headers.get("content-type")?.replace(/;.*/s, "").trim().toLowerCase();
  if (type && !CONTENT_TYPES.includes(type)) {
    throw unsupported(`content-type "${type}" is not supported, it should be application/json`);
  }
}

/** Reads at most `limit` bytes. */
async function readBytes(request: Request, limit: number): Promise<Uint8Array> {
  const length = request.headers.get("content-length");
  if (Number(length) > limit) throw tooLong(limit);
  // The HTTP parser holds a body to its content-length, so there is nothing to count.
  if (length !== null) return new Uint8Array(await request.arrayBuffer());
  const parts: Uint8Array[] = [];
  let total = 0;
  for await (const part of request.body ?? []) {
    total += part.length;
    if (total > limit) throw tooLong(limit);
    parts.push(part);
  }
  return new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer());
}

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new FlowError("INVALID_ARGUMENT", "invalid JSON body: it is not UTF-8");
  }
}

function parse(text: string): unknown {
  if (text.trim() === "") return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid(text);
  }
  if (!isCertain(value, text)) throw invalid(text);
  return value;
}

/**
 * Tells whether a value that was parsed from `text` is what the text says: `JSON.parse` takes the
 * last of several equal keys, infinity for a number that is too large, and half of a character.
 */
function isCertain(root: unknown, text: string): boolean {
  let keys = 0;
  let level = [root];
  for (let depth = 0; level.length > 0; depth++) {
    const below: unknown[] = [];
    for (const value of level) {
      if (typeof value === "string" && !value.isWellFormed()) return false;
      if (typeof value === "number" && !Number.isFinite(value)) return false;
      if (!isContainer(value)) continue;
      if (depth === MAX_DEPTH) return false;
      if (!Array.isArray(value)) {
        const names = Object.keys(value);
        keys += names.length;
        if (names.some((name) => name === FORBIDDEN_KEY || !name.isWellFormed())) return false;
      }
      for (const inner of Object.values(value)) below.push(inner);
    }
    level = below;
  }
  return keys === countKeys(text);
}

/** Counts the keys of all objects in a text that is JSON: the strings with a colon behind them. */
function countKeys(text: string): number {
  let count = 0;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at)) {
    do at = text.indexOf('"', at + 1); while (isEscaped(text, at));
    at++;
    while (" \t\n\r".includes(text[at] ?? "x")) at++;
    if (text[at] === ":") count++;
  }
  return count;
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0;
  while (text[at - 1 - slashes] === "\\") slashes++;
  return slashes % 2 === 1;
}

function isContainer(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function invalid(text: string): FlowError {
  const problem = jsonProblem(text, MAX_DEPTH);
  const where = problem === undefined
    ? "it cannot be parsed"
    : `line ${problem.line}, column ${problem.column}: expected ${problem.expected}`;
  return new FlowError("INVALID_ARGUMENT", `invalid JSON body: ${where}`);
}

function unsupported(what: string): FlowError {
  return new FlowError("INVALID_ARGUMENT", `Cannot read the body: ${what}`, { http: 415 });
}

function tooLong(limit: number): FlowError {
  const message = `Cannot read the body: it is longer than ${limit} bytes`;
  return new FlowError("INVALID_ARGUMENT", message, { http: 413 });
}
