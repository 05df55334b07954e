import type {
  ContentBlock,
  ContentBlockDelta,
  ConverseStreamOutput,
  StopReason,
  TokenUsage,
} from "@aws-sdk/client-bedrock-runtime";
import type { GenerateResponseData, Part } from "genkit";
import { FlowError } from "../../../shared/flow_error.ts";
import { tellText, tellUsage } from "../../sandbox/turn_usage.ts";
import { type AnswerContext, finishReason, partsOf, usageOf } from "./converse_answer.ts";

/** A block of an answer as far as it has come. */
interface OpenBlock {
  text: string;
  reasoning: string;
  signature: string;
  redacted: Uint8Array[];
  tool?: { toolUseId: string; name: string; json: string };
}

/**
 * Reads a streamed answer to its end, and gives the whole of it. Texts are handed on as they come,
 * and so is the answer where it is a tool's input; calls of tools once they are whole.
 * (https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html)
 *
 * @throws {FlowError} UNAVAILABLE where the stream ends before the answer does, and INTERNAL (502)
 * where a tool's input is not JSON. Exceptions in the stream are the SDK's.
 */
export async function readConverseStream(
  stream: AsyncIterable<ConverseStreamOutput>,
  context: AnswerContext,
  send: (content: Part[]) => void,
): Promise<GenerateResponseData> {
  const blocks = new Map<number, OpenBlock>();
  let stopReason: StopReason | undefined;
  let usage: TokenUsage | undefined;
  for await (const { contentBlockStart, contentBlockDelta, messageStop, metadata } of stream) {
    if (contentBlockStart) {
      const { toolUse } = contentBlockStart.start ?? {};
      const block = blockAt(blocks, contentBlockStart.contentBlockIndex);
      if (toolUse) {
        block.tool = { toolUseId: toolUse.toolUseId ?? "", name: toolUse.name ?? "", json: "" };
      }
    }
    if (contentBlockDelta?.delta) {
      const block = blockAt(blocks, contentBlockDelta.contentBlockIndex);
      const piece = extend(block, contentBlockDelta.delta, context);
      if (piece) send([piece]);
    }
    if (messageStop) stopReason = messageStop.stopReason;
    if (metadata?.usage) {
      usage = metadata.usage;
      tellUsage(usageOf(usage));
    }
  }
  if (stopReason === undefined) {
    throw new FlowError("UNAVAILABLE", 'The provider "bedrock" broke off its answer');
  }
  const ordered = [...blocks].sort(([a], [b]) => a - b).map(([, block]) => block);
  const content = ordered.flatMap((block) =>
    partsOf(wholeBlock(block, whyCut(block, stopReason, context)), context)
  );
  const calls = content.filter(({ toolRequest }) => toolRequest);
  if (calls.length > 0) send(calls);
  return {
    message: { role: "model", content },
    finishReason: finishReason(stopReason),
    usage: usageOf(usage),
  };
}

function blockAt(blocks: Map<number, OpenBlock>, index = 0): OpenBlock {
  let block = blocks.get(index);
  if (block === undefined) {
    block = { text: "", reasoning: "", signature: "", redacted: [] };
    blocks.set(index, block);
  }
  return block;
}

/** Adds to a block, and gives the part that can be handed on at once. */
function extend(
  block: OpenBlock,
  { text, toolUse, reasoningContent, citation: _ }: ContentBlockDelta,
  { answerTool }: AnswerContext,
): Part | undefined {
  if (text !== undefined) {
    block.text += text;
    return text === "" ? undefined : { text };
  }
  if (toolUse && block.tool) {
    const { input = "" } = toolUse;
    block.tool.json += input;
    if (block.tool.name === answerTool) return input === "" ? undefined : { text: input };
    tellText(input);
    return undefined;
  }
  if (reasoningContent?.text !== undefined) {
    block.reasoning += reasoningContent.text;
    return { reasoning: reasoningContent.text };
  }
  if (reasoningContent?.signature) block.signature += reasoningContent.signature;
  if (reasoningContent?.redactedContent) block.redacted.push(reasoningContent.redactedContent);
}

function wholeBlock(
  { text, reasoning, signature, redacted, tool }: OpenBlock,
  why: string,
): ContentBlock {
  if (tool) {
    const { toolUseId, name, json } = tool;
    return { toolUse: { toolUseId, name, input: parseInput(json, why) as never } };
  }
  if (redacted.length > 0) {
    const redactedContent = new Uint8Array(redacted.flatMap((bytes) => [...bytes]));
    return { reasoningContent: { redactedContent } };
  }
  if (reasoning !== "" || signature !== "") {
    return {
      reasoningContent: {
        reasoningText: { text: reasoning, ...signature !== "" && { signature } },
      },
    };
  }
  return { text };
}

/** What the model did where the input of a tool is not JSON. */
function whyCut(
  { tool }: OpenBlock,
  stopReason: StopReason,
  { answerTool }: AnswerContext,
): string {
  if (finishReason(stopReason) !== "length") return "called a tool with an input that is not JSON";
  return tool?.name === answerTool
    ? "ran out of tokens before its JSON was complete"
    : "came to its limit of tokens while it asked for a tool";
}

function parseInput(json: string, why: string): unknown {
  try {
    return JSON.parse(json || "{}");
  } catch (cause) {
    const message = `The model of provider "bedrock" ${why}`;
    throw new FlowError("INTERNAL", message, { http: 502, cause });
  }
}
