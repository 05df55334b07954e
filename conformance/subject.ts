import type { MockModel } from "./model/mock_model.ts";
import type { ModelRequest } from "./model/model_request.ts";
import type { PlacedTree } from "./placed_tree.ts";
import { type Answer, callBody, type CallProtocol, describeAnswer, request } from "./request.ts";
import { expect } from "./rule.ts";
import type { RunnerProcess } from "./runner_process.ts";
import type { Surroundings } from "./scenario.ts";
import type { ToolServer } from "./tool_server.ts";

/** What is known of the runner from one scenario to the next. */
export interface Acquaintance {
  /** Undefined until a flow was called with success. */
  protocol?: CallProtocol;
  /** Whether it has served one of the trees yet. */
  served?: boolean;
  /** How many texts were made so far, so that no two are the same. */
  texts: number;
}

/** What a {@linkcode Subject} consists of. */
export interface SubjectParts {
  /** Where it serves, without a slash at its end. */
  url: string;
  surroundings: Surroundings;
  tree: PlacedTree;
  /** The tree as it was before the runner saw it. */
  before: ReadonlyMap<string, string>;
  /** Undefined where somebody else started it. */
  process: RunnerProcess | undefined;
  model: MockModel;
  tools: ToolServer;
  /** Milliseconds that an answer may take. */
  timeout: number;
  /** Milliseconds that it may take to end. */
  grace: number;
  known: Acquaintance;
}

/** A runner that serves a scenario, with all that a rule needs to look at it. */
export class Subject {
  constructor(readonly parts: SubjectParts) {}

  /** A text that nobody has said before. */
  text(words = ""): string {
    return `text-${++this.parts.known.texts}-of-conformance ${words}`.trim();
  }

  /** Asks for a path, such as `/healthz`. */
  request(path: string, init: RequestInit = {}): Promise<Answer> {
    return request(`${this.parts.url}${path}`, { timeout: this.parts.timeout, ...init });
  }

  /** Posts JSON, or text as it is. */
  post(path: string, body: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.request(path, {
      method: "POST",
      body,
      headers: { "content-type": "application/json", ...headers },
    });
  }

  /** Calls a flow in the way that it understands. */
  async call(
    flow: string,
    text: string | undefined,
    headers?: Record<string, string>,
  ): Promise<Answer> {
    const input = text === undefined ? {} : { text };
    const as = (protocol: CallProtocol) =>
      this.post(`/${flow}`, callBody(protocol, input), headers);
    const { known } = this.parts;
    if (known.protocol !== undefined || text === undefined) return as(known.protocol ?? "raw");
    const raw = await as("raw");
    if (isHeard(raw, text)) {
      known.protocol = "raw";
      return raw;
    }
    const callable = await as("callable");
    if (!isHeard(callable, text)) return raw;
    known.protocol = "callable";
    return callable;
  }

  /** Calls a flow, whose answer should be what the model says: the text that it was asked. */
  async hear(flow: string, text = this.text(), headers?: Record<string, string>): Promise<Answer> {
    const answer = await this.call(flow, text, headers);
    expect(
      isHeard(answer, text),
      `POST /${flow} gave ${describeAnswer(answer)}, ` +
        `it should be 200 with the model's answer, which has "${text}"`,
    );
    return answer;
  }

  /** Calls a flow with success, and gives what the model was asked for it. */
  async asked(flow: string, text = this.text()): Promise<ModelRequest> {
    await this.hear(flow, text);
    return this.heardByModel(text);
  }

  /** What the model was last asked with a text. */
  heardByModel(text: string): ModelRequest {
    const found = this.parts.model.requests(text).at(-1);
    expect(
      found !== undefined,
      "the mock model was not asked: the base URL in config.json should be used",
    );
    return found;
  }
}

function isHeard({ status, body }: Answer, text: string): boolean {
  return status === 200 && body.includes(text);
}
