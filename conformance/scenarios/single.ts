import type { Scenario } from "../scenario.ts";
import { flowFiles, PLAIN } from "./flow_files.ts";

/** The credential in the environment. */
export const ENVIRONMENT_KEY = "conformance-key-of-the-environment";

/** One flow of two prompts, as a Flow's pod has it. */
export const single: Scenario = {
  name: "single",
  content: (surroundings) => ({
    files: new Map(flowFiles({
      dir: "",
      prompts: { greeting: PLAIN, farewell: PLAIN.replace("Say this again", "Take leave of") },
      config: { flow: { name: "greeter", entrypoint: "greeting" } },
    }, surroundings)),
    environment: { [surroundings.provider.key]: ENVIRONMENT_KEY },
  }),
};
