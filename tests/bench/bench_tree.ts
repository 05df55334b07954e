import { writeTree } from "../../shared/contract/write_tree.ts";
import type { FlowServer } from "../../shared/flows/flow_server.ts";

const PROMPT = `---
input:
  schema:
    name: string
---
Greet {{name}} in one short sentence.`;

/** Writes a /genkit tree of `flows` flows whose keys are of `tenants` tenants, into a new folder. */
export async function benchTree(
  { modelUrl, flows, tenants }: { modelUrl: string; flows: number; tenants: number },
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
  }
  return root;
}
