import { isStatus } from "../../shared/status.ts";
import { readRequestSettings, type RequestSettings } from "./request_settings.ts";
import type { Usage } from "./sandbox_messages.ts";

/** What every step of a call has. */
interface TimedStep {
  /** When it began, in milliseconds since 1970. */
  start: number;
  /** How long it took, in milliseconds. */
  ms: number;
  /** The status with which it failed, e.g. `UNAVAILABLE`. */
  error?: string;
  /** What went in and came out as JSON; only where the call asked for it. */
  input?: string;
  output?: string;
}

/** One turn of a model. */
export interface ModelStep extends TimedStep {
  kind: "model";
  /** As in PluginConfig's `type`. */
  provider: string;
  /** Without its provider, e.g. `gemini-2.5-flash`. */
  model: string;
  /** Where it was asked; absent where it was not asked by the network. */
  server?: { address: string; port: number };
  /** What it was asked with; of traced calls only, as the two below. */
  request?: RequestSettings;
  /** What the provider calls the answer. */
  responseId?: string;
  /** The model that answered, as the provider says. */
  responseModel?: string;
  /** Milliseconds to the first chunk of a streamed answer. */
  firstChunkMs?: number;
  /** Tokens as the provider counted them. */
  usage: Usage;
  /** Tokens that the provider has not told, as guessed; they go on top of `usage`. */
  estimated?: Usage;
  /** Which try of the model it was, from 2 on. */
  attempt?: number;
  /** Whether it was asked in place of another model. */
  fallback?: boolean;
  /** What the flow does with the model's next turn; it asks it where this is absent. */
  circuit?: "closed" | "open" | "half_open";
  /** Genkit's, e.g. `stop` or `length`. */
  finishReason?: string;
}

/** One call of a tool. */
export interface ToolStep extends TimedStep {
  kind: "tool";
  tool: string;
  /** What the model's provider calls the call; of traced calls only, where it says so. */
  callId?: string;
}

/** What a call does below its prompt, told when it has ended. */
export type Step = ModelStep | ToolStep;

/** The most characters of a name; it becomes a label. */
const MAX_NAME = 128;
/** The most characters of a recorded content; what is longer is left out. */
const MAX_CONTENT = 256 * 1024;
const CIRCUITS = ["closed", "open", "half_open"] as const;
const DAY = 86_400_000;

/**
 * Reads what a sandbox says of a step, which runs other people's code: what is no step gives
 * undefined, and what is beyond all measure is cut.
 *
 * @param now Milliseconds since 1970.
 */
export function readStep(value: unknown, now: number): Step | undefined {
  const said = (value ?? {}) as Record<string, unknown>;
  const ms = number(said.ms, DAY);
  const start = number(said.start, now);
  if (ms === undefined || start === undefined) return undefined;
  const { error, input, output } = said;
  const timed = {
    start: Math.max(start, now - DAY),
    ms,
    ...error !== undefined && { error: isStatus(error) ? error : "UNKNOWN" },
    ...isContent(input) && { input },
    ...isContent(output) && { output },
  };
  if (said.kind === "tool") {
    const callId = said.callId !== undefined && { callId: name(said.callId) };
    return { kind: "tool", tool: name(said.tool), ...callId, ...timed };
  }
  if (said.kind !== "model") return undefined;
  const firstChunkMs = number(said.firstChunkMs, ms);
  const attempt = number(said.attempt, 100);
  const circuit = CIRCUITS.find((state) => state === said.circuit);
  return {
    kind: "model",
    provider: name(said.provider),
    model: name(said.model),
    ...readServer(said.server),
    ...said.request !== undefined && { request: readRequestSettings(said.request) },
    ...said.responseId !== undefined && { responseId: name(said.responseId) },
    ...said.responseModel !== undefined && { responseModel: name(said.responseModel) },
    ...firstChunkMs !== undefined && { firstChunkMs },
    usage: readUsage(said.usage),
    ...said.estimated !== undefined && { estimated: readUsage(said.estimated) },
    ...attempt !== undefined && { attempt },
    ...said.fallback === true && { fallback: true },
    ...circuit !== undefined && { circuit },
    ...said.finishReason !== undefined && { finishReason: name(said.finishReason) },
    ...timed,
  };
}

function readServer(value: unknown): Pick<ModelStep, "server"> {
  const { address, port } = (value ?? {}) as Record<string, unknown>;
  const isPort = Number.isInteger(port) && (port as number) > 0 && (port as number) < 65_536;
  return isPort && typeof address === "string"
    ? { server: { address: name(address), port: port as number } }
    : {};
}

function readUsage(value: unknown): Usage {
  const said = (value ?? {}) as Record<string, unknown>;
  const usage: Usage = {};
  for (const key of ["inputTokens", "outputTokens", "cachedContentTokens"] as const) {
    const tokens = number(said[key], 1e9);
    if (tokens !== undefined) usage[key] = Math.round(tokens);
  }
  return usage;
}

function number(value: unknown, most: number): number | undefined {
  if (typeof value !== "number" || !(value >= 0)) return undefined;
  return Math.min(value, most);
}

function name(value: unknown): string {
  return typeof value === "string" ? value.slice(0, MAX_NAME) : "";
}

function isContent(value: unknown): value is string {
  return typeof value === "string" && value.length <= MAX_CONTENT;
}
