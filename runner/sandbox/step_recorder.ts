import type { GenerateResponseData } from "genkit";
import type { Status } from "../../shared/status.ts";
import type { Usage } from "../host/sandbox_messages.ts";
import type { ModelStep, Step, ToolStep } from "../host/step.ts";
import { readRequestSettings } from "../host/request_settings.ts";
import { recordedJson, recordedMessages } from "./recorded_content.ts";
import type { RunningCall } from "./running_call.ts";
import { turnUsage } from "./turn_usage.ts";

/** Milliseconds since 1970 of a clock that does not jump; steps are told by it. */
export type Now = () => number;

const now: Now = () => performance.timeOrigin + performance.now();

/** What is known of a turn only at its end. */
export type TurnEnd = Partial<
  Pick<
    ModelStep,
    "circuit" | "usage" | "estimated" | "server" | "responseId" | "responseModel"
  >
>;

/** What is known of a turn from its beginning. */
export interface TurnBegin extends Pick<ModelStep, "provider" | "model" | "attempt" | "fallback"> {
  messages: unknown;
  config: unknown;
}

/** A turn of a model that goes on. */
export interface RunningTurn {
  /** A chunk of the answer has come. */
  chunk(): void;
  /** The answer is there. */
  end(response: GenerateResponseData, more?: TurnEnd): void;
  /** There is none. */
  fail(status: Status, more?: TurnEnd): void;
}

/** Begins a turn of a model, which is told to the call's `onStep` when it has ended. */
export function beginTurn(
  call: RunningCall | undefined,
  { messages, config, ...begin }: TurnBegin,
  time: Now = now,
): RunningTurn {
  const start = time();
  let firstChunkMs: number | undefined;
  const told = (usage: Usage, rest: Partial<ModelStep>) =>
    call?.onStep?.({
      kind: "model",
      ...begin,
      start,
      ms: time() - start,
      usage,
      ...firstChunkMs !== undefined && { firstChunkMs },
      ...call.traced && { request: readRequestSettings(config) },
      ...call.recordContent && { input: recordedMessages(messages) },
      ...rest,
    });
  return {
    chunk() {
      firstChunkMs ??= time() - start;
    },
    end(response, more) {
      // Plugins that are older than Genkit 1.0's own form answer in candidates.
      const { message, finishReason } = { ...response.candidates?.[0], ...response };
      told(turnUsage(begin.provider, response.usage), {
        ...finishReason !== undefined && { finishReason },
        ...more,
        ...call?.recordContent && { output: recordedMessages([message], finishReason) },
      });
    },
    fail: (error, { usage = {}, ...more } = {}) => told(usage, { error, ...more }),
  };
}

/** A call of a tool that goes on. */
export interface RunningToolCall {
  end(output: unknown): void;
  fail(status: Status): void;
}

/** Begins a call of a tool, which is told to the call's `onStep` when it has ended. */
export function beginToolCall(
  call: RunningCall | undefined,
  { tool, callId, input }: { tool: string; callId?: string | undefined; input: unknown },
  time: Now = now,
): RunningToolCall {
  const start = time();
  const told = (rest: Partial<ToolStep>) => {
    const step: Step = {
      kind: "tool",
      tool,
      start,
      ms: time() - start,
      ...call?.traced && callId !== undefined && { callId },
      ...call?.recordContent && { input: recordedJson(input) },
      ...rest,
    };
    call?.onStep?.(step);
  };
  return {
    end: (output) => told({ ...call?.recordContent && { output: recordedJson(output) } }),
    fail: (error) => told({ error }),
  };
}
