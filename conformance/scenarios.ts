import { CONFIG, CREDENTIALS_DIR, flowDir } from "../shared/contract/paths.ts";
import { type Scenario, SCENARIO_NAMES, type ScenarioName } from "./scenario.ts";
import { additions } from "./scenarios/additions.ts";
import { flowFiles, PLAIN } from "./scenarios/flow_files.ts";
import { multi } from "./scenarios/multi.ts";
import { multiTree } from "./scenarios/multi_tree.ts";
import { single } from "./scenarios/single.ts";

/** The flows of the tree with many. */
export const MANY = Array.from({ length: 50 }, (_, index) => `flow-${index + 1}`);

const UNREADABLE = { [CONFIG]: "{" };

const byName: Record<ScenarioName, Scenario> = {
  single,
  multi,
  additions,
  both: {
    name: "both",
    content(surroundings) {
      const { files } = multiTree([{ name: "greeter" }], surroundings);
      const stray = flowFiles({ dir: "", prompts: { stray: PLAIN } }, surroundings);
      return {
        files: new Map([...files, ...stray]),
        environment: { [surroundings.provider.key]: "conformance-key-of-nobody" },
      };
    },
  },
  volumes: {
    name: "volumes",
    // What is below "greeter" is in the root's volume; "second" is mounted piece by piece.
    volumes: ["", ...["", "/prompts", `/${CREDENTIALS_DIR}`].map((at) => flowDir("second") + at)],
    content: (surroundings) => multiTree([{ name: "greeter" }, { name: "second" }], surroundings),
  },
  many: {
    name: "many",
    content: (surroundings) => multiTree(MANY.map((name) => ({ name })), surroundings),
  },
  broken: {
    name: "broken",
    content: (surroundings) =>
      multiTree([
        { name: "good" },
        { name: "bad-prompt", prompts: { "bad-prompt": "{{#if text}} never closed" } },
        { name: "bad-config", files: UNREADABLE },
        { name: "no-prompt", prompts: {} },
      ], surroundings),
  },
  none: {
    name: "none",
    servesNothing: true,
    content: (surroundings) => multiTree([{ name: "bad-config", files: UNREADABLE }], surroundings),
  },
  stop: {
    name: "stop",
    content: (surroundings) => multiTree([{ name: "greeter" }], surroundings),
  },
};

/** Every scenario, in the order in which they are run. */
export const SCENARIOS: readonly Scenario[] = SCENARIO_NAMES.map((name) => byName[name]);
