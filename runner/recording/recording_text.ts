import { canonicalJson } from "../../shared/contract/canonical_json.ts";
import { type Exchange, exchangeKey, exchangeSchema } from "./exchange.ts";

/** The first line of every recording, which says how the others are to be read. */
export const HEADER = { format: "genkitd-recording", version: 1 } as const;

/** A recording as it was read. */
export interface RecordingText {
  exchanges: Exchange[];
  /** How many characters of the text are whole lines; what is beyond was broken off. */
  whole: number;
}

/** Gives the first line of a recording. */
export function headerLine(): string {
  return line(HEADER);
}

/** Gives the line of an exchange, with its newline: JSON with sorted keys. */
export function exchangeLine(exchange: Exchange): string {
  return line(exchange);
}

/**
 * Reads a recording. A last line without its newline is passed over: whoever wrote it was ended.
 *
 * @throws {Error} with the line where one is not what it should be.
 */
export function readRecording(text: string): RecordingText {
  const whole = text.lastIndexOf("\n") + 1;
  if (whole === 0) {
    if (headerLine().startsWith(text)) return { exchanges: [], whole };
    throw new Error(`it is no recording, its first line should be ${headerLine().trim()}`);
  }
  const [first, ...rest] = text.slice(0, whole - 1).split("\n");
  checkHeader(parse(first!, 1));
  const exchanges = rest.map((line, index) => readExchange(line, index + 2));
  return { exchanges, whole };
}

function checkHeader(value: unknown): void {
  const { format, version } = (value ?? {}) as Record<string, unknown>;
  if (format !== HEADER.format) {
    throw new Error(`line 1 is no header, it should be ${headerLine().trim()}`);
  }
  if (version !== HEADER.version) {
    throw new Error(`its version is ${JSON.stringify(version)}, it should be ${HEADER.version}`);
  }
}

function readExchange(text: string, number: number): Exchange {
  const { success, data, error } = exchangeSchema.safeParse(parse(text, number));
  if (!success) {
    const [issue] = error.issues;
    const at = issue!.path.join(".");
    throw new Error(`line ${number} is no exchange: at "${at}", ${issue!.message.toLowerCase()}`);
  }
  const { key, flow, asked } = data;
  if (key !== exchangeKey(flow, asked)) {
    const should = 'it should be that of its "asked"; remove the line and record it again';
    throw new Error(`line ${number} has the key of another request, ${should}`);
  }
  return data;
}

function parse(text: string, number: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`line ${number} is not JSON`);
  }
}

function line(value: unknown): string {
  return JSON.stringify(JSON.parse(canonicalJson(value))) + "\n";
}
