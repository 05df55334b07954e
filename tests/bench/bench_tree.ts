import { API_KEYS_DIR } from "../../shared/contract/paths.ts";
import { writeTree } from "../../shared/contract/write_tree.ts";
import type { FlowLimits } from "../../shared/api/flow_limits.ts";
import type { FlowServer } from "../../shared/flows/flow_server.ts";

const PROMPT = `---
input:
  schema:
    name: string
---
Greet {{name}} in one short sentence.`;

/** The key with which flows that are guarded let callers in, and its header. */
export const CALLER_KEY = { header: "x-api-key", value: "key-of-the-bench-0123456789" };

/** A tree for {@linkcode benchTree}. */
export interface BenchTreeOptions {
  modelUrl: string;
  flows: number;
  /** The flows' keys are of so many tenants. */
  tenants: number;
  /** Limits of each flow, which then asks for {@linkcode CALLER_KEY}; none where it is absent. */
  limits?: FlowLimits;
}

/** Writes a /genkit tree into a new folder, and gives its path. */
export async function benchTree(
  { modelUrl, flows, tenants, limits }: BenchTreeOptions,
): Promise<string> {
  const root = await Deno.makeTempDir({ prefix: "genkitd-bench-" });
  const server: FlowServer = {
    namespace: "bench",
    name: "bench",
    layout: "multi",
    flows: Array.from({ length: flows }, (_, index) => ({
      name: `flow-${index}`,
      entrypoint: "greeting",
      model: { provider: "googleai", model: "gemini-2.5-flash" },
      plugin: {
        type: "googleai",
        extraConfig: { baseURL: modelUrl },
        credentialKeys: [],
        secret: "keys",
      },
      prompts: [{ name: "greeting", source: PROMPT }],
      tools: [],
      ...limits && {
        limits,
        auth: { apiKeys: { secret: "callers", header: CALLER_KEY.header } },
      },
    })),
  };
  for (const [path, text] of writeTree(server, root)) {
    await Deno.mkdir(`${root}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.writeTextFile(`${root}/${path}`, text);
  }
  for (const [index, { name }] of server.flows.entries()) {
    const dir = `${root}/flows/${name}/credentials`;
    await Deno.mkdir(dir, { recursive: true });
    await Deno.writeTextFile(`${dir}/GEMINI_API_KEY`, `key-of-tenant-${index % tenants}`);
    if (limits === undefined) continue;
    const callers = `${root}/flows/${name}/${API_KEYS_DIR}`;
    await Deno.mkdir(callers);
    await Deno.writeTextFile(`${callers}/bench`, CALLER_KEY.value);
  }
  return root;
}
