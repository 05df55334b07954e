import assert from "assert";
import { gitRepository } from "../sources/git_repository.ts";
import { gitServer } from "../sources/git_server.ts";
import { push, REPOSITORY } from "../sources/oci_reading.ts";
import { registryServer } from "../sources/registry_server.ts";
import { genkitd } from "./genkitd.ts";

const EXAMPLES = new URL("../../examples/", import.meta.url).pathname;

async function filesOf(folder: string): Promise<Record<string, string>> {
  const entries = await Array.fromAsync(Deno.readDir(`${EXAMPLES}${folder}`));
  const files = entries.map(async ({ name }) =>
    [name, await Deno.readTextFile(`${EXAMPLES}${folder}/${name}`)] as const
  );
  return Object.fromEntries(await Promise.all(files));
}

/** Serves an example whose `address` is replaced by a server of the test, and calls a flow. */
async function answerOf(
  { example, address, by, flow, input }: {
    example: string;
    address: string;
    by: string;
    flow: string;
    input: object;
  },
): Promise<string> {
  const text = await Deno.readTextFile(`${EXAMPLES}${example}/genkitd.yaml`);
  assert.ok(text.includes(address), "the address was found");
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  try {
    await Deno.writeTextFile(file, text.replaceAll(address, by));
    await using daemon = await genkitd(
      ["serve", "--config", file, "--offline", "--port=0"],
      { ready: /serves 1 flow from flows at (http:\S+)/ },
    );
    const body = JSON.stringify(input);
    return await (await fetch(`${daemon.url}/${flow}`, { method: "POST", body })).text();
  } finally {
    await Deno.remove(file);
  }
}

Deno.test("examples/git: its flows in a repository, served by its genkitd.yaml", async () => {
  await using repository = await gitRepository();
  const files = Object.entries(await filesOf("git/flows"));
  await repository.commit(Object.fromEntries(files.map(([name, text]) => [`flows/${name}`, text])));
  await using server = await gitServer(repository.folder);
  const answer = await answerOf({
    example: "git",
    address: "https://git.example/team/flows.git",
    by: server.url,
    flow: "greeter",
    input: { name: "Ann" },
  });
  assert.equal(answer.trim(), "Greet Ann in one short, friendly sentence.");
});

Deno.test("examples/oci: its flows in an artifact, served by its genkitd.yaml", async () => {
  await using registry = await registryServer();
  await push(registry, "v1", await filesOf("oci/flows"));
  const answer = await answerOf({
    example: "oci",
    address: "oci://localhost:5000/team/flows",
    by: `oci://${registry.host}/${REPOSITORY}`,
    flow: "summarizer",
    input: { text: "It rains." },
  });
  assert.equal(answer.trim(), "Summarize in one sentence: It rains.");
});
