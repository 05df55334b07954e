import { API_KEYS_DIR, fallbackCredentialsDir, flowDir } from "../../shared/contract/paths.ts";
import type { Scenario, Surroundings } from "../scenario.ts";
import { frontmatter, pluginConfig } from "./flow_files.ts";
import { keyOf, type MultiFlow, multiTree } from "./multi_tree.ts";
import { LOOK } from "./multi.ts";

/** The key of a caller, and the header that it is sent in. */
export const CALLER = { header: "X-API-Key", key: "conformance-key-of-a-caller" } as const;

/** The website that may call the flow from a browser. */
export const WEBSITE = "https://app.example.com";

/** The most bytes that the small flow takes. */
export const SMALL = 1_000;

/** What genkitd adds to genkit-operator 0.5.0's contract, a flow each. */
export const additions: Scenario = {
  name: "additions",
  content: (surroundings) => multiTree(flows(surroundings), surroundings),
};

function flows(surroundings: Surroundings): MultiFlow[] {
  const { root, provider, toolUrl } = surroundings;
  const fallback = fallbackCredentialsDir(0);
  return [
    {
      name: "guarded",
      config: {
        auth: {
          apiKeys: { header: CALLER.header, dir: `${root}/${flowDir("guarded")}/${API_KEYS_DIR}` },
        },
      },
      files: { [`${API_KEYS_DIR}/ann`]: CALLER.key },
    },
    { name: "browsed", config: { cors: { origins: [WEBSITE] } } },
    { name: "small", config: { limits: { bodyBytes: SMALL } } },
    { name: "cached", config: { cache: { ttlSeconds: 300 } } },
    {
      name: "fallen",
      config: {
        fallbacks: [{
          model: { provider: provider.type, model: provider.models[1] },
          ...pluginConfig(surroundings),
          credentialsDir: `${root}/${flowDir("fallen")}/${fallback}`,
        }],
      },
      files: { [`${fallback}/${provider.key}`]: keyOf("the-fallback") },
    },
    {
      name: "approving",
      prompts: { approving: `${frontmatter("tools:", "  - look")}Say this again: {{text}}\n` },
      tools: {
        look: {
          definition: LOOK,
          implementation: {
            http: { url: `${toolUrl}/approved`, method: "POST" },
            approval: "Required",
          },
        },
      },
    },
  ];
}
