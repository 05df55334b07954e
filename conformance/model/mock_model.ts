import { atMost } from "../at_most.ts";
import { geminiWire } from "./gemini_wire.ts";
import type { ModelAnswer, ModelRequest } from "./model_request.ts";
import { openaiWire } from "./openai_wire.ts";

/** A model on this machine, which speaks Gemini's and OpenAI's formats. */
export interface MockModel extends AsyncDisposable {
  /** Its address, without a slash at its end. */
  url: string;
  /** The requests whose text holds `text`, oldest first. */
  requests(text: string): readonly ModelRequest[];
  /** Answers what waits, and makes nothing wait any more. */
  release(): void;
}

/** The most requests that are remembered; a run makes some hundreds. */
const MOST = 10_000;

/** Milliseconds after which a request is answered that nobody released. */
const LONGEST_HOLD = 20_000;

/** What the model gives a tool. */
export const TOOL_INPUT = { city: "Oslo" };

/** What the model's answers begin with. */
export const HEARD = "The model heard: ";

/**
 * Starts the model. It says what it was asked; words in brackets change that: `[call look]` asks for
 * the tool, and then says what that gave; `[fail 503]` fails with a message that has the key and
 * the text, as some providers' have, `[fail 503 for small]` only for that model; `[hold]` waits for {@linkcode MockModel.release}.
 */
export function mockModel(): MockModel {
  const seen: ModelRequest[] = [];
  const released = Promise.withResolvers<void>();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const { pathname, search } = new URL(request.url);
      const path = pathname + search;
      const wire = [geminiWire, openaiWire].find((wire) => wire.takes(path));
      if (wire === undefined) return new Response("no such model", { status: 404 });
      const read = wire.read({ path, headers: request.headers, body: await request.json() });
      if (seen.length < MOST) seen.push(read);
      if (read.asked.includes("[hold]")) await atMost(released.promise, LONGEST_HOLD);
      const [, failure, only] = /\[fail (\d{3})(?: for ([\w.-]+))?\]/.exec(read.asked) ?? [];
      if (failure !== undefined && (only === undefined || only === read.model)) {
        return wire.fail(Number(failure), `Refused for ${read.key}: ${read.asked}`);
      }
      return wire.answer(answerTo(read), read);
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    requests: (text) => seen.filter((request) => request.text.includes(text)),
    release: released.resolve,
    async [Symbol.asyncDispose]() {
      released.resolve();
      await server.shutdown();
    },
  };
}

function answerTo({ asked, tools, toolOutputs }: ModelRequest): ModelAnswer {
  const wanted = /\[call ([\w-]+)\]/.exec(asked)?.[1];
  if (toolOutputs.length > 0) return { text: `The tool said: ${toolOutputs.join(" ")}` };
  if (wanted !== undefined && tools.some(({ name }) => name === wanted)) {
    return { tool: wanted, input: TOOL_INPUT };
  }
  return { text: HEARD + asked };
}
