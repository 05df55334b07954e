import { expect, type Rule } from "../rule.ts";
import { BIG, DEFAULT_TEXT, SCRIPTS, SIGNATURE, TEMPERATURES } from "../scenarios/multi.ts";

/** Prompts and models. */
export const promptRules: readonly Rule[] = [
  {
    id: "C-PROMPT-01",
    level: "MUST",
    says: "The input's fields stand in the prompt where its template has them.",
    scenario: "multi",
    async check(subject) {
      const text = subject.text();
      const { body } = await subject.hear("greeter", text);
      const said = `Say this again: ${text}`;
      expect(body.includes(said), `the model was not asked "${said}"`);
    },
  },
  {
    id: "C-PROMPT-02",
    level: "MUST",
    says: "The frontmatter of a prompt is not sent to the model.",
    scenario: "multi",
    async check(subject) {
      const { body } = await subject.hear("greeter");
      expect(!/---|schema:/.test(body), "the model was sent the frontmatter");
    },
  },
  {
    id: "C-PROMPT-03",
    level: "MUST",
    says: "Text of any script is kept, in prompts, inputs and answers.",
    scenario: "multi",
    async check(subject) {
      const text = subject.text("Ægir ßẞ 漢字 🏔️");
      const { body } = await subject.hear("unicode", text);
      expect(body.includes(SCRIPTS), `the model was not asked "${SCRIPTS}"`);
    },
  },
  {
    id: "C-PROMPT-04",
    level: "MUST",
    says: "A prompt may have 512 KiB.",
    scenario: "multi",
    async check(subject) {
      const { body } = await subject.hear("big");
      expect(body.length > BIG * 0.99, `the model was sent ${body.length} bytes of ${BIG}`);
    },
  },
  {
    id: "C-PROMPT-05",
    level: "SHOULD",
    says: "prompts/_<name>.prompt is the partial {{>name}}, and no route.",
    scenario: "multi",
    async check(subject) {
      const { body } = await subject.hear("signed");
      expect(body.includes(SIGNATURE), `the model was not asked "${SIGNATURE}"`);
      const { status } = await subject.call("_signature", subject.text());
      expect(status === 404, `POST /_signature gave ${status}, it should be 404`);
    },
  },
  {
    id: "C-PROMPT-06",
    level: "SHOULD",
    says: "A field that the input lacks has the value of input.default.",
    scenario: "multi",
    async check(subject) {
      const { body } = await subject.call("defaults", undefined);
      expect(body.includes(DEFAULT_TEXT), `the model was not asked "${DEFAULT_TEXT}"`);
    },
  },
  {
    id: "C-MODEL-01",
    level: "MUST",
    says: "defaultModel of config.json is asked.",
    scenario: "multi",
    needsModel: true,
    async check(subject) {
      const [usual] = subject.parts.surroundings.provider.models;
      const { model } = await subject.asked("greeter");
      expect(model === usual, `the model "${model}" was asked, it should be "${usual}"`);
    },
  },
  {
    id: "C-MODEL-02",
    level: "SHOULD",
    says: "The model in a prompt's frontmatter is asked instead.",
    scenario: "multi",
    needsModel: true,
    async check(subject) {
      const [, other] = subject.parts.surroundings.provider.models;
      const { model } = await subject.asked("other-model");
      expect(model === other, `the model "${model}" was asked, it should be "${other}"`);
    },
  },
  {
    id: "C-MODEL-03",
    level: "SHOULD",
    says: "config in a prompt's frontmatter goes with the request.",
    scenario: "multi",
    needsModel: true,
    async check(subject) {
      const { temperature } = await subject.asked("cool");
      const right = TEMPERATURES.prompt;
      expect(temperature === right, `the temperature was ${temperature}, it should be ${right}`);
    },
  },
  {
    id: "C-MODEL-04",
    level: "SHOULD",
    says: "defaultModel.config of config.json goes with the request.",
    scenario: "multi",
    needsModel: true,
    async check(subject) {
      const { temperature } = await subject.asked("configured");
      const right = TEMPERATURES.config;
      expect(temperature === right, `the temperature was ${temperature}, it should be ${right}`);
    },
  },
];
