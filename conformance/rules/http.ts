import { type Answer, describeAnswer } from "../request.ts";
import { expect, type Rule } from "../rule.ts";
import { readEventStream } from "./read_event_stream.ts";

/** How many calls are made at once. */
const AT_ONCE = 32;

/** How flows are called. */
export const httpRules: readonly Rule[] = [
  {
    id: "C-HTTP-01",
    level: "MUST",
    says: "POST with a JSON object, or with it as data, is answered with what the model says.",
    scenario: "multi",
    async check(subject) {
      await subject.hear("greeter");
    },
  },
  {
    id: "C-HTTP-02",
    level: "SHOULD",
    says: "A JSON object is taken as the prompt's input, and the answer is the text itself.",
    scenario: "multi",
    async check(subject) {
      const text = subject.text();
      const answer = await subject.post("/greeter", JSON.stringify({ text }));
      const isText = answer.status === 200 && answer.body.includes(text) &&
        !/^["{]/.test(answer.body);
      expect(isText, `a JSON object gave ${describeAnswer(answer)}, it should be 200 with a text`);
    },
  },
  {
    id: "C-HTTP-03",
    level: "SHOULD",
    says: 'Genkit\'s {"data": input} is answered with {"result": text}, as JSON.',
    scenario: "multi",
    async check(subject) {
      const text = subject.text();
      const answer = await subject.post("/greeter", JSON.stringify({ data: { text } }));
      const result = parse(answer.body)?.result;
      expect(
        answer.status === 200 && typeof result === "string" && result.includes(text),
        `{"data": …} gave ${describeAnswer(answer)}, it should be 200 with {"result": "…"}`,
      );
      expectJsonType(answer, "the result");
    },
  },
  {
    id: "C-HTTP-04",
    level: "MUST",
    says: "An unknown path is 404.",
    scenario: "multi",
    async check(subject) {
      for (const path of ["/no-such-flow", "/greeter/no-such-path"]) {
        const { status } = await subject.post(path, "{}");
        expect(status === 404, `POST ${path} gave ${status}, it should be 404`);
      }
    },
  },
  {
    id: "C-HTTP-05",
    level: "MUST",
    says: "A flow's path with another method than POST is 405.",
    scenario: "multi",
    async check(subject) {
      for (const method of ["GET", "PUT", "DELETE"]) {
        const { status } = await subject.request("/greeter", { method });
        expect(status === 405, `${method} /greeter gave ${status}, it should be 405`);
      }
    },
  },
  {
    id: "C-HTTP-06",
    level: "MUST",
    says: "A body that is no JSON is 400.",
    scenario: "multi",
    async check(subject) {
      const { status } = await subject.post("/greeter", '{"text": ');
      expect(status === 400, `a body that is no JSON gave ${status}, it should be 400`);
    },
  },
  {
    id: "C-HTTP-07",
    level: "SHOULD",
    says: "An empty body is an empty input.",
    scenario: "multi",
    async check(subject) {
      const answer = await subject.post("/greeter", "");
      expect(
        answer.status === 200,
        `an empty body gave ${describeAnswer(answer)}, it should be 200`,
      );
    },
  },
  {
    id: "C-HTTP-08",
    level: "SHOULD",
    says:
      "Where text/event-stream is accepted, the answer is streamed as Genkit's client reads it.",
    scenario: "multi",
    async check(subject) {
      const text = subject.text("in several words");
      const body = JSON.stringify({ data: { text } });
      const answer = await subject.post("/greeter", body, { accept: "text/event-stream" });
      const frames = readEventStream(answer);
      const messages = frames.slice(0, -1).map(({ message }) => message);
      const { result } = frames.at(-1) ?? {};
      expect(
        messages.length > 0 && messages.every((message) => typeof message === "string"),
        `the frames before the last are ${JSON.stringify(messages).slice(0, 160)}, ` +
          `they should be {"message": "…"}`,
      );
      expect(
        typeof result === "string" && result.includes(text) && messages.join("") === result,
        `the last frame is ${JSON.stringify(frames.at(-1))}, ` +
          `it should be {"result": …} with the text of all messages`,
      );
    },
  },
  {
    id: "C-HTTP-09",
    level: "MUST",
    says: "Calls that are made at once get their own answers.",
    scenario: "multi",
    async check(subject) {
      const texts = Array.from({ length: AT_ONCE }, () => subject.text("of many"));
      const flows = ["greeter", "second"];
      await Promise.all(texts.map((text, index) => subject.hear(flows[index % 2]!, text)));
    },
  },
  {
    id: "C-HTTP-10",
    level: "MUST",
    says: "Where the model fails, the answer is an error: 429 or 5xx, never 2xx.",
    scenario: "multi",
    needsModel: true,
    async check(subject) {
      const text = subject.text("[fail 503]");
      const answer = await subject.call("greeter", text);
      subject.heardByModel(text);
      expect(
        answer.status === 429 || answer.status >= 500,
        `where the model fails with 503 it gave ${describeAnswer(answer)}, it should be 5xx`,
      );
    },
  },
  {
    id: "C-HTTP-11",
    level: "SHOULD",
    says: 'Errors are JSON: {"error": {"status", "message"}}, the status one of gRPC\'s names.',
    scenario: "multi",
    async check(subject) {
      const answer = await subject.post("/no-such-flow", "{}");
      const { status, message } = (parse(answer.body)?.error ?? {}) as Record<string, unknown>;
      expect(
        status === "NOT_FOUND" && typeof message === "string" && message !== "",
        `an unknown path gave ${describeAnswer(answer)}, ` +
          `it should have {"error": {"status": "NOT_FOUND", "message": "…"}}`,
      );
      expectJsonType(answer, "the error");
    },
  },
  {
    id: "C-HTTP-12",
    level: "MUST",
    says: "An error has neither the credential, nor the prompt, nor a stack.",
    scenario: "multi",
    needsModel: true,
    async check(subject) {
      const text = subject.text("[fail 500]");
      const answers = [
        await subject.call("greeter", text),
        await subject.post("/greeter", '{"text": '),
      ];
      const { key } = subject.heardByModel(text);
      for (const { body } of answers) {
        expect(key === "" || !body.includes(key), "an error has the credential");
        expect(!body.includes("Say this again"), "an error has the prompt's text");
        // As JSON, a new line is a backslash and an n.
        const stack = /(\n|\\n)\s+at .+:\d+|Traceback \(most recent|goroutine \d+ \[/.exec(
          body,
        );
        expect(stack === null, `an error has a stack: ${JSON.stringify(stack?.[0])}`);
      }
    },
  },
];

/** Many clients read JSON only where the answer says that it is some. */
function expectJsonType({ headers }: Answer, what: string): void {
  const type = headers.get("content-type") ?? "";
  expect(
    /^application\/json\s*(;|$)/i.test(type),
    `${what} is JSON with the content-type "${type}", it should be application/json`,
  );
}

/** The object that a text is as JSON, if it is one. */
function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null
      ? value as Record<string, unknown>
      : undefined;
  } catch {
    return undefined;
  }
}
