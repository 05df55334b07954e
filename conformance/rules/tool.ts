import { TOOL_INPUT } from "../model/mock_model.ts";
import { describeAnswer } from "../request.ts";
import { expect, type Rule } from "../rule.ts";
import { LOOK, TOOL_HEADER } from "../scenarios/multi.ts";
import type { Subject } from "../subject.ts";
import { OTHER_FLOW, WEATHER } from "../tool_server.ts";

/** Tools. */
export const toolRules: readonly Rule[] = [
  {
    id: "C-TOOL-01",
    level: "MUST",
    says: "A tool of tools/ is offered to the model with its name, description and input schema.",
    scenario: "multi",
    needsModel: true,
    async check(subject) {
      const { tools } = await subject.asked("tooled");
      const offered = tools.find(({ name }) => name === LOOK.name);
      const names = tools.map(({ name }) => name).join(", ") || "none";
      expect(offered !== undefined, `the model was offered ${names}, it should be "${LOOK.name}"`);
      expect(
        offered.description === LOOK.description,
        `the tool's description is "${offered.description}", it should be "${LOOK.description}"`,
      );
      expect(
        offered.schema.includes('"city"'),
        `the tool's schema is ${offered.schema.slice(0, 160)}, it should have "city"`,
      );
    },
  },
  {
    id: "C-TOOL-02",
    level: "MUST",
    says:
      "implementation.http is called with the model's input as JSON, and the model gets the answer.",
    scenario: "multi",
    needsModel: true,
    async check(subject) {
      const answer = await callTool(subject, "tooled", "look");
      const call = subject.parts.tools.calls("/look").at(-1);
      expect(call !== undefined, "the tool's URL was not called");
      expect(call.method === "POST", `the tool was called with ${call.method}, it should be POST`);
      expect(
        isInput(call.body),
        `the tool got ${JSON.stringify(call.body)}, it should be ${JSON.stringify(TOOL_INPUT)}`,
      );
      expect(
        answer.body.includes(WEATHER),
        `the call gave ${describeAnswer(answer)}, it should have the tool's "${WEATHER}"`,
      );
    },
  },
  {
    id: "C-TOOL-03",
    level: "MUST",
    says: "implementation.flowRef is called at its url, and the model gets the answer.",
    scenario: "multi",
    needsModel: true,
    async check(subject) {
      const answer = await callTool(subject, "asking", "ask");
      const call = subject.parts.tools.calls("/flow").at(-1);
      expect(call !== undefined, "the other flow's URL was not called");
      const body = call.body as { data?: unknown } | undefined;
      expect(
        isInput(body) || isInput(body?.data),
        `the flow got ${JSON.stringify(body)}, it should be ${JSON.stringify(TOOL_INPUT)}`,
      );
      expect(
        answer.body.includes(OTHER_FLOW),
        `the call gave ${describeAnswer(answer)}, it should have the flow's "${OTHER_FLOW}"`,
      );
    },
  },
  {
    id: "C-TOOL-04",
    level: "SHOULD",
    says: "The headers in implementation.http.headersDir, a file each, are sent.",
    scenario: "multi",
    needsModel: true,
    async check(subject) {
      await callTool(subject, "sealed", "look");
      const call = subject.parts.tools.calls("/sealed").at(-1);
      expect(call !== undefined, "the tool's URL was not called");
      const sent = call.headers.get(TOOL_HEADER.name);
      expect(
        sent === TOOL_HEADER.value,
        `the tool got the header ${TOOL_HEADER.name} ${JSON.stringify(sent)}, ` +
          `it should be "${TOOL_HEADER.value}"`,
      );
    },
  },
];

function callTool(subject: Subject, flow: string, tool: string) {
  return subject.call(flow, subject.text(`[call ${tool}]`));
}

function isInput(value: unknown): boolean {
  return typeof value === "object" && value !== null && "city" in value &&
    value.city === TOOL_INPUT.city;
}
