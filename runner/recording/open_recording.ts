import type { Log } from "../../shared/log.ts";
import type { Exchange } from "./exchange.ts";
import { Recording } from "./recording.ts";
import { exchangeLine, headerLine, readRecording } from "./recording_text.ts";

/** Which recording, and what for. */
export interface RecordingChoice {
  file: string;
  mode: "record" | "replay";
}

/** The most bytes of a recording; all of it is in memory. */
const MAX_BYTES = 256 * 1024 * 1024;

const encoder = new TextEncoder();

/**
 * Opens a recording. To be recorded in, it stays open, and is made where it is not there; each
 * exchange is one write, so that an end in the midst of one loses that one alone.
 *
 * @throws {Error} where it cannot be read or written, in words for a person.
 */
export async function openRecording({ file, mode }: RecordingChoice, log: Log): Promise<Recording> {
  const what = mode === "record" ? "record in" : "replay";
  try {
    return mode === "record" ? await openToRecord(file, log) : await openToReplay(file);
  } catch (cause) {
    const { message } = cause as Error;
    throw new Error(`Cannot ${what} "${file}": ${message.replace(/\.$/, "")}`, { cause });
  }
}

async function openToReplay(file: string): Promise<Recording> {
  const { exchanges, whole } = readRecording(await readText(file));
  if (whole === 0) throw new Error("it is empty");
  return new Recording({ exchanges });
}

async function openToRecord(file: string, log: Log): Promise<Recording> {
  const opened = await Deno.open(file, { create: true, read: true, append: true });
  try {
    const text = await readText(file);
    const { exchanges, whole } = readRecording(text);
    if (whole < text.length) await opened.truncate(encoder.encode(text.slice(0, whole)).length);
    if (whole === 0) write(opened, headerLine());
    const append = (exchange: Exchange) => {
      try {
        write(opened, exchangeLine(exchange));
      } catch (error) {
        log.error("an exchange could not be recorded", { reason: (error as Error).message });
      }
    };
    return new Recording({ exchanges, append, close: () => opened.close() });
  } catch (error) {
    opened.close();
    throw error;
  }
}

async function readText(file: string): Promise<string> {
  const { size } = await Deno.stat(file);
  if (size > MAX_BYTES) {
    throw new Error(`it has ${size} bytes, it should have ${MAX_BYTES} at most`);
  }
  return await Deno.readTextFile(file);
}

function write(file: Deno.FsFile, text: string): void {
  for (let bytes = encoder.encode(text); bytes.length > 0;) {
    bytes = bytes.subarray(file.writeSync(bytes));
  }
}
