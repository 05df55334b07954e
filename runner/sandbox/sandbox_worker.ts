/**
 * The program of a sandbox process. It has no permission but its hosts; JSON lines from the main
 * process come in on standard input, and answers go out on standard output. It ends when its input
 * ends.
 */
import { heldFetch } from "../../shared/held_fetch.ts";
import { listenToConsole } from "./process_shim.ts";
import process from "node:process";
import { Socket } from "node:net";
import { jsonLineWriter, lineSplitter } from "../host/json_lines.ts";
import { awaitConfinement } from "./await_confinement.ts";
import { geminiStreams } from "./gemini_stream.ts";
import { limitedFetch } from "./limited_fetch.ts";
import type { FromSandbox, ToSandbox } from "../host/sandbox_messages.ts";
import { SandboxSession } from "./sandbox_session.ts";
import { tracedFetch } from "./traced_fetch.ts";

/** The most characters of one line, and so of one message. */
const MAX_LINE = 64 * 1024 * 1024;

// Genkit ends the process on these, with calls in flight. A SIGINT from a terminal goes to the
// whole group of processes, and the main one decides what becomes of its sandboxes.
process.removeAllListeners("SIGTERM");
process.removeAllListeners("SIGINT");
process.on("SIGINT", () => {});

await awaitConfinement();
globalThis.fetch = geminiStreams(tracedFetch(limitedFetch(heldFetch)));

// Deno's streams of standard input and output do each read and write in a thread of its own, which
// costs more than all else that is done for a message. (The main process always reads, so that a
// write that waits for it never waits for long.)
const writer = jsonLineWriter((bytes) => {
  while (bytes.length > 0) bytes = bytes.subarray(Deno.stdout.writeSync(bytes));
});
const send = (message: FromSandbox) => writer.write(message);
const log = (level: "debug" | "warn" | "error", message: string) =>
  send({ type: "log", level, message: message.slice(0, 500) });

// A promise that a library leaves behind must not end the calls of others. Only its kind is told.
for (const event of ["error", "unhandledrejection"] as const) {
  globalThis.addEventListener(event, (event: ErrorEvent | PromiseRejectionEvent) => {
    event.preventDefault();
    const fault: unknown = "reason" in event ? event.reason : event.error;
    log("error", `A ${fault instanceof Error ? fault.name : typeof fault} was not handled`);
  });
}

const session = new SandboxSession({ send, residentBytes: () => Deno.memoryUsage().rss });
// What libraries print holds prompts, tokens, and answers that quote them: no log may have it.
listenToConsole((method, length) => {
  log("debug", `A library printed ${length} characters by console.${method}, which are not shown`);
});
send({ type: "ready" });
const receive = lineSplitter((line) => {
  let message: ToSandbox;
  try {
    message = JSON.parse(line);
  } catch {
    log("warn", "A line that is not JSON is passed over");
    return;
  }
  session.receive(message);
}, MAX_LINE);
const input = new Socket({ fd: 0, readable: true, writable: false });
input.on("data", receive);
input.on("error", () => Deno.exit(1));
input.on("close", () => Deno.exit(0));
