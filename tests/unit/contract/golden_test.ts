/**
 * The /genkit tree as a contract: each folder of tests/golden/contract holds a server (server.json)
 * and the files (tree/) that `writeTree` must write of it, byte for byte, since other runners read
 * them. GOLDEN_UPDATE=1 rewrites the files from server.json.
 */
import assert from "assert";
import { readDirectory } from "../../../shared/contract/read_directory.ts";
import { readTree } from "../../../shared/contract/read_tree.ts";
import { writeTree } from "../../../shared/contract/write_tree.ts";
import type { FlowServer } from "../../../shared/flows/flow_server.ts";

const GOLDEN = new URL("../../golden/contract/", import.meta.url).pathname;
const byName = ([a]: [string, string], [b]: [string, string]) => a < b ? -1 : 1;

for (const { name } of [...Deno.readDirSync(GOLDEN)].sort((a, b) => a.name < b.name ? -1 : 1)) {
  const server: FlowServer = JSON.parse(Deno.readTextFileSync(`${GOLDEN}${name}/server.json`));
  const tree = `${GOLDEN}${name}/tree`;

  Deno.test(`contract: ${name} is written as its golden files`, async () => {
    const files = writeTree(server);
    if (Deno.env.get("GOLDEN_UPDATE") === "1") await rewrite(tree, files);
    assert.deepEqual(
      Object.fromEntries([...files].sort(byName)),
      Object.fromEntries([...await readDirectory(tree)].sort(byName)),
    );
  });

  Deno.test(`contract: ${name} is read as the server that was written`, async () => {
    const { layout, flows, broken } = readTree(await readDirectory(tree), tree);
    assert.deepEqual([layout, broken], [server.layout, []]);
    const expected = server.flows.toSorted((a, b) => a.name < b.name ? -1 : 1);
    assert.equal(flows.length, expected.length);
    for (const [index, flow] of flows.entries()) {
      const { name, entrypoint, model, plugin, prompts, tools } = expected[index]!;
      assert.deepEqual([flow.name, flow.entrypoint], [name, entrypoint]);
      assert.deepEqual(flow.config.defaultModel, model);
      assert.deepEqual(flow.config.plugin?.type, plugin?.type);
      assert.deepEqual(flow.config.credentialKeys ?? [], plugin?.credentialKeys ?? []);
      assert.deepEqual(flow.prompts, prompts.toSorted((a, b) => a.name < b.name ? -1 : 1));
      assert.deepEqual(
        flow.tools.map(({ implementation: { http, flowRef } }) => http?.url ?? flowRef?.url),
        tools.toSorted((a, b) => a.name < b.name ? -1 : 1)
          .map(({ http, flowRef }) => http?.url ?? flowRef?.url),
      );
    }
  });
}

async function rewrite(tree: string, files: ReadonlyMap<string, string>): Promise<void> {
  await Deno.remove(tree, { recursive: true }).catch(() => {});
  for (const [path, text] of files) {
    const file = `${tree}/${path}`;
    await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(file, text);
  }
}
