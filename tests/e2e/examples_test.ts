import assert from "assert";
import { natsServer } from "../cache/nats_server.ts";
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

/** Serves an example whose addresses are replaced by servers of the test, and calls a flow. */
async function answerOf(
  { example, addresses, flow, input }: {
    example: string;
    addresses: Record<string, string>;
    flow: string;
    input: object;
  },
): Promise<string> {
  let text = await Deno.readTextFile(`${EXAMPLES}${example}/genkitd.yaml`);
  for (const [address, by] of Object.entries(addresses)) {
    assert.ok(text.includes(address), `${address} was found`);
    text = text.replaceAll(address, by);
  }
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  try {
    await Deno.writeTextFile(file, text);
    await using daemon = await genkitd(
      ["serve", "--config", file, "--offline", "--port=0"],
      { ready: /serves 1 flow from \S+ at (http:\S+)/ },
    );
    const body = JSON.stringify(input);
    return await (await fetch(`${daemon.url}/${flow}`, { method: "POST", body })).text();
  } finally {
    await Deno.remove(file);
  }
}

Deno.test("examples/sources/files: its flows in a folder, served by its genkitd.yaml", async () => {
  const answer = await answerOf({
    example: "sources/files",
    addresses: {
      "flows/": `${EXAMPLES}sources/files/flows/`,
      "0.0.0.0": "127.0.0.1",
      // The port may be taken here.
      "metricsPort: 9464": "metricsPort: off",
    },
    flow: "greeter",
    input: { name: "Ann" },
  });
  assert.equal(answer.trim(), "Greet Ann in one short, friendly sentence.");
});

Deno.test("examples/sources/git: its flows in a repository, served by its genkitd.yaml", async () => {
  await using repository = await gitRepository();
  const files = Object.entries(await filesOf("sources/git/flows"));
  await repository.commit(Object.fromEntries(files.map(([name, text]) => [`flows/${name}`, text])));
  await using server = await gitServer(repository.folder);
  const answer = await answerOf({
    example: "sources/git",
    addresses: { "https://git.example/team/flows.git": server.url },
    flow: "greeter",
    input: { name: "Ann" },
  });
  assert.equal(answer.trim(), "Greet Ann in one short, friendly sentence.");
});

Deno.test("examples/sources/nats: a node that reads the repository, and keeps it in NATS", async () => {
  await using repository = await gitRepository();
  const files = Object.entries(await filesOf("sources/git/flows"));
  await repository.commit(Object.fromEntries(files.map(([name, text]) => [`flows/${name}`, text])));
  await using server = await gitServer(repository.folder);
  await using nats = await natsServer();
  const answer = await answerOf({
    example: "sources/nats",
    addresses: {
      "https://git.example/team/flows.git": server.url,
      "nats://nats.example:4222": nats.url,
    },
    flow: "greeter",
    input: { name: "Ann" },
  });
  assert.equal(answer.trim(), "Greet Ann in one short, friendly sentence.");
});

Deno.test("examples/sources/oci: its flows in an artifact, served by its genkitd.yaml", async () => {
  await using registry = await registryServer();
  await push(registry, "v1", await filesOf("sources/oci/flows"));
  const answer = await answerOf({
    example: "sources/oci",
    addresses: { "oci://localhost:5000/team/flows": `oci://${registry.host}/${REPOSITORY}` },
    flow: "summarizer",
    input: { text: "It rains." },
  });
  assert.equal(answer.trim(), "Summarize in one sentence: It rains.");
});
