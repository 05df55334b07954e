import { FlowError } from "../../shared/flow_error.ts";
import type { Resumption, ToolDecision } from "../host/tool_approval.ts";

/** The most decisions, and the most characters of a reason. */
const MAX_DECISIONS = 64;
const MAX_REASON = 1_000;

/** The keys of each decision. */
const KEYS: Record<ToolDecision["decision"], readonly string[]> = {
  approve: ["ref", "decision"],
  reject: ["ref", "decision", "reason"],
  respond: ["ref", "decision", "output"],
};

/**
 * Reads a caller's word to go on with an interrupted call: `{"resume": <token>, "decisions": […]}`
 * in place of an input, and nothing else in it. A prompt that declares an input `resume` of its own
 * is not resumed by a body that is such an input.
 *
 * @throws {FlowError} INVALID_ARGUMENT where the decisions are none.
 */
export function readResumption(
  input: Readonly<Record<string, unknown>>,
  inputSchema?: Readonly<Record<string, unknown>>,
): Resumption | undefined {
  const { resume: token, decisions } = input;
  const isOne = Object.keys(input).length === 2 && typeof token === "string" &&
    decisions !== undefined;
  if (!isOne || declaresResume(inputSchema) && !token.startsWith("genkitd")) return undefined;
  if (!Array.isArray(decisions) || decisions.length > MAX_DECISIONS) {
    throw invalid('"decisions"', `a list of at most ${MAX_DECISIONS}`);
  }
  return { token, decisions: decisions.map(readDecision) };
}

function readDecision(value: unknown, index: number): ToolDecision {
  const at = `"decisions[${index}]`;
  const said = typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
  const { ref, decision, reason } = said;
  if (typeof ref !== "string") throw invalid(`${at}.ref"`, "the ref of a pending call");
  if (decision !== "approve" && decision !== "reject" && decision !== "respond") {
    throw invalid(`${at}.decision"`, '"approve", "reject" or "respond"');
  }
  const stray = Object.keys(said).find((key) => !KEYS[decision].includes(key));
  if (stray !== undefined) {
    throw invalid(`${at}.${stray.slice(0, 64)}"`, `absent, as "${decision}" does not have it`);
  }
  if (decision === "approve") return { ref, decision };
  if (decision === "respond") return { ref, decision, output: said.output ?? null };
  if (reason === undefined) return { ref, decision };
  if (typeof reason !== "string" || reason.length > MAX_REASON) {
    throw invalid(`${at}.reason"`, `a text of at most ${MAX_REASON} characters`);
  }
  return { ref, decision, reason };
}

function declaresResume(schema: Readonly<Record<string, unknown>> | undefined): boolean {
  const properties = schema?.properties;
  return typeof properties === "object" && properties !== null &&
    Object.hasOwn(properties, "resume");
}

function invalid(what: string, wanted: string): FlowError {
  return new FlowError("INVALID_ARGUMENT", `Cannot resume the call: ${what} should be ${wanted}`);
}
