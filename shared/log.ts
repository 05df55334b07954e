/** How much a line matters. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/**
 * Named values of a log line. Never prompt text, input, output or credentials. `time`, `level` and
 * `message` are the line's own.
 */
export type LogFields = Record<string, unknown>;

/** Writes log lines; `with` gives a logger whose lines all carry `fields`. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  with(fields: LogFields): Log;
}

/** Options of {@linkcode createLog}. */
export interface LogOptions {
  format?: "json" | "text";
  /** Lines below this level are not written. */
  level?: LogLevel;
  /** Takes one line without its newline; standard error when absent. */
  write?: (line: string) => void;
  /** Milliseconds since the epoch. */
  now?: () => number;
  fields?: LogFields;
}

const LEVELS: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };
const encoder = new TextEncoder();

/** Makes a log that writes a line a call: one JSON document, or text for a person's terminal. */
export function createLog(options: LogOptions = {}): Log {
  const { format = "json", level = "info", now = Date.now, fields = {} } = options;
  const write = options.write ?? ((line) => Deno.stderr.writeSync(encoder.encode(line + "\n")));
  const line = (at: LogLevel, message: string, extra: LogFields = {}) => {
    if (LEVELS[at] < LEVELS[level]) return;
    const all = { ...fields, ...extra };
    const time = new Date(now()).toISOString();
    if (format === "json") {
      const own = { time, level: at, message };
      return write(documentOf({ ...own, ...all, ...own }));
    }
    const rest = Object.entries(all).map(([key, value]) => ` ${key}=${textValue(value)}`).join("");
    write(`${time.slice(11, 19)} ${at.toUpperCase().padEnd(5)} ${oneLine(message)}${rest}`);
  };
  return {
    debug: (message, extra) => line("debug", message, extra),
    info: (message, extra) => line("info", message, extra),
    warn: (message, extra) => line("warn", message, extra),
    error: (message, extra) => line("error", message, extra),
    with: (more) => createLog({ ...options, fields: { ...fields, ...more } }),
  };
}

function textValue(value: unknown): string {
  return typeof value === "string" && /^[\w./:@-]+$/.test(value) ? value : toJson(value);
}

/** A message as it is, but for line breaks and a terminal's commands, which are escaped. */
function oneLine(message: string): string {
  return message.replace(/\p{Cc}/gu, (control) => JSON.stringify(control).slice(1, -1));
}

function documentOf(values: Record<string, unknown>): string {
  // A replacer makes it slow, and most lines need none.
  if (Object.values(values).every(isPlain)) return JSON.stringify(values);
  const entries = Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${JSON.stringify(key)}:${toJson(value)}`);
  return `{${entries.join(",")}}`;
}

function isPlain(value: unknown): boolean {
  return typeof value !== "object" && typeof value !== "function" && typeof value !== "bigint";
}

/** JSON of any value: a line must not fail, least of all one that tells of a failure. */
function toJson(value: unknown): string {
  if (typeof value === "string" || typeof value === "number") return JSON.stringify(value);
  const plain = (_: string, inner: unknown) =>
    inner instanceof Error || typeof inner === "bigint" ? String(inner) : inner;
  try {
    return JSON.stringify(value, plain) ?? "null";
  } catch (error) {
    return JSON.stringify(`not JSON: ${(error as Error).name}`);
  }
}
