import { describeAnswer } from "../request.ts";
import { expect, type Rule } from "../rule.ts";
import { MANY } from "../scenarios.ts";

/** The tree of files. */
export const treeRules: readonly Rule[] = [
  {
    id: "C-TREE-01",
    level: "MUST",
    says: "Without manifest.json, POST /<prompt> runs each prompts/<prompt>.prompt.",
    scenario: "single",
    async check(subject) {
      for (const prompt of ["greeting", "farewell"]) await subject.hear(prompt);
    },
  },
  {
    id: "C-TREE-02",
    level: "SHOULD",
    says: "Without manifest.json, POST /<flow.name of config.json> runs flow.entrypoint.",
    scenario: "single",
    async check(subject) {
      await subject.hear("greeter");
    },
  },
  {
    id: "C-TREE-03",
    level: "MUST",
    says: "With manifest.json, POST /<name> runs each of its flows, whose files are in dir.",
    scenario: "multi",
    async check(subject) {
      for (const flow of ["greeter", "second", "moved"]) await subject.hear(flow);
    },
  },
  {
    id: "C-TREE-04",
    level: "MUST",
    says: "A flow of manifest.json runs the prompt that its entrypoint names.",
    scenario: "multi",
    async check(subject) {
      const { body } = await subject.hear("chosen");
      expect(!body.includes("wrong"), 'POST /chosen ran "a-first", it should run "the-entry"');
    },
  },
  {
    id: "C-TREE-05",
    level: "MUST",
    says: "Where manifest.json is there, a config.json beside it is passed over.",
    scenario: "both",
    async check(subject) {
      await subject.hear("greeter");
      const stray = await subject.call("stray", subject.text());
      expect(
        stray.status >= 400,
        `POST /stray gave ${describeAnswer(stray)}, and manifest.json names no such flow`,
      );
    },
  },
  {
    id: "C-TREE-06",
    level: "MUST",
    says: "Files may be links through ..data, as Kubernetes mounts them, and are served once.",
    scenario: "volumes",
    async check(subject) {
      for (const flow of ["greeter", "second"]) await subject.hear(flow);
    },
  },
  {
    id: "C-TREE-07",
    level: "MUST",
    says: "Fifty flows are served side by side.",
    scenario: "many",
    async check(subject) {
      for (const flow of MANY) await subject.hear(flow);
    },
  },
  {
    id: "C-TREE-08",
    level: "MUST",
    says: "Keys of the JSON files that it does not know are passed over.",
    scenario: "multi",
    async check(subject) {
      await subject.hear("unknown-keys");
    },
  },
  {
    id: "C-TREE-09",
    level: "SHOULD",
    says: "A flow that cannot be served leaves the others serving.",
    scenario: "broken",
    async check(subject) {
      await subject.hear("good");
    },
  },
  {
    id: "C-TREE-10",
    level: "MUST",
    says: "The tree is read only: nothing of it is changed, and nothing is added.",
    scenario: "single",
    needsProcess: true,
    async check({ parts: { tree, before } }) {
      const after = await tree.list();
      const paths = new Set([...before.keys(), ...after.keys()]);
      const changed = [...paths].filter((path) => before.get(path) !== after.get(path));
      expect(changed.length === 0, `it changed ${changed.slice(0, 5).join(", ")} in the tree`);
    },
  },
];
