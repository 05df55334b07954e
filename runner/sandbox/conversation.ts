import type { ToolAction, ToolArgument } from "genkit/tool";
import type {
  GenerateMiddleware,
  GenerateResponse,
  Genkit,
  MessageData,
  Part,
  ToolRequestPart,
  ToolResponsePart,
} from "genkit";
import { FlowError } from "../../shared/flow_error.ts";
import type { CallResult } from "../host/sandbox_messages.ts";
import type { Conversation, ToolDecision } from "../host/tool_approval.ts";
import { APPROVED } from "./once_approved.ts";
import { nameForModels } from "./prompt_tools.ts";

/** What is needed to go on with a conversation. */
export interface ConversationSetup {
  ai: Genkit;
  /** The tools that the model may call. */
  tools: readonly ToolArgument[];
  /** What stands around each call of a tool, the outermost first. */
  around: readonly GenerateMiddleware[];
  context: Record<string, unknown>;
}

/** Makes the result of a call that Genkit has interrupted: what is pending, and all that was said. */
export function interruption(
  { messages, text }: Pick<GenerateResponse, "messages" | "text">,
): CallResult {
  const pending = toolRequests(messages.at(-1)).flatMap((
    { ref, part: { toolRequest, metadata } },
  ) =>
    metadata?.interrupt ? [{ ref, name: toolRequest.name, input: toolRequest.input ?? {} }] : []
  );
  return { text, pending, messages };
}

/**
 * Gives the messages with which an interrupted call goes on: those so far and the outputs of the
 * last turn's tools, in the order in which the model asked for them. Tools of that turn that needed
 * no approval have run before; those that are approved run now.
 *
 * Genkit's own `resume` is not used: it confuses requests of one tool where the model gives no ref,
 * and takes a tool that gave null for one that has not run.
 *
 * @throws {FlowError} where a tool fails that does not report that to the model.
 */
export async function continueConversation(
  { messages: said, decisions }: Conversation,
  setup: ConversationSetup,
): Promise<MessageData[]> {
  const messages = said as MessageData[];
  const last = messages.at(-1);
  if (last === undefined) throw new FlowError("INVALID_ARGUMENT", "There is nothing to resume");
  const content = await Promise.all(
    toolRequests(last).map(({ ref, part }) =>
      outputOf(part, decisions.find((decision) => decision.ref === ref), setup)
    ),
  );
  const asked: MessageData = { ...last, content: last.content.map(withoutState) };
  return [...messages.slice(0, -1), asked, { role: "tool", content }];
}

/** The requests of tools in a message, with the names by which callers know them: 1, 2, …. */
function toolRequests(message: MessageData | undefined): { ref: string; part: ToolRequestPart }[] {
  return (message?.content ?? [])
    .filter((part): part is ToolRequestPart => part.toolRequest !== undefined)
    .map((part, i) => ({ ref: String(i + 1), part }));
}

async function outputOf(
  part: ToolRequestPart,
  decision: ToolDecision | undefined,
  setup: ConversationSetup,
): Promise<ToolResponsePart> {
  const { toolRequest: { name, ref }, metadata } = part;
  const response = (output: unknown, isError = false): ToolResponsePart => ({
    toolResponse: { name, ...ref !== undefined && { ref }, output },
    ...isError && { metadata: { isError } },
  });
  if (metadata?.interrupt === undefined) return response(metadata?.pendingOutput ?? null);
  switch (decision?.decision) {
    case "approve":
      return await run(withoutState(part), setup);
    case "reject": {
      const { reason } = decision;
      const message = `The call of the tool was rejected${reason ? `: ${reason}` : ""}`;
      return response({ error: { message } }, true);
    }
    case "respond":
      return response(decision.output);
    default:
      throw new FlowError("INVALID_ARGUMENT", `The call of "${name}" is not decided`);
  }
}

/** Runs a tool as Genkit does, within the hooks. */
async function run(
  part: ToolRequestPart,
  { ai, tools, around, context }: ConversationSetup,
): Promise<ToolResponsePart> {
  const { name } = part.toolRequest;
  const known = tools.find((tool) => nameForModels(nameOf(tool)) === name);
  const action = typeof known === "string"
    ? await ai.registry.lookupAction(`/tool/${known}`)
    : known as ToolAction | undefined;
  if (!action) throw new FlowError("NOT_FOUND", `The flow has no tool "${name}"`);
  type Run = (part: ToolRequestPart, options: object) => Promise<ToolResponsePart | undefined>;
  const innermost: Run = async ({ toolRequest: { name, ref, input } }, options) => {
    const { result } = await action.run(input, options);
    // Tools of MCP servers give content beside their output.
    const given = action.__action.actionType === "tool.v2" ? result : { output: result };
    return { toolResponse: { name, ...ref !== undefined && { ref }, ...given } };
  };
  const hooks = around.map((middleware) =>
    middleware.instantiate({ config: undefined, pluginConfig: undefined, ai })
  );
  const whole = hooks.reduceRight<Run>(
    (next, { tool }) => tool ? (part, options) => tool(part, options, next) : next,
    innermost,
  );
  const answered = await whole(part, { context, resumed: APPROVED });
  return answered ?? { toolResponse: { name, output: null } };
}

function nameOf(tool: ToolArgument): string {
  return typeof tool === "string" ? tool : (tool as ToolAction).__action.name;
}

/** A part of a message without what Genkit notes of its interruption. */
function withoutState<T extends Part>(part: T): T {
  if (part.toolRequest === undefined || part.metadata === undefined) return part;
  const { interrupt: _, pendingOutput: __, ...metadata } = part.metadata;
  return { ...part, metadata };
}
