import { startTestCluster } from "../e2e/cluster/test_cluster.ts";
import { testIsolated } from "../e2e/cluster/test_isolated.ts";
import { geminiServer, KEY } from "../runner/gemini_server.ts";
import { followPage } from "./follow_page.ts";
import { forwardTo } from "./named_hosts.ts";
import type { PageTable } from "./page_table.ts";
import type { Reader } from "./reader.ts";
import { makeWorld, prepareWorld } from "./world.ts";

const NPX = `npx -y deno@${Deno.version.deno}`;
const OPERATOR = `${NPX} task genkitd operator`;
const PROMPTS = "examples/assistants.yaml";
const SERVES = /curl -d .* http:\S+\/greeter\n/;

/** The edits that the section "Three minutes" asks for, before it puts all back. */
async function editPrompts(reader: Reader): Promise<void> {
  const reloaded = reader.server().says(/^Reloaded: changed greeter\n/m);
  await reader.edit(PROMPTS, "one short", "two long");
  await reloaded;
  const text = await Deno.readTextFile(`${reader.world.checkout}/${PROMPTS}`);
  const line = text.split("\n").findIndex((line) => line.includes("{{style}}")) + 1;
  const told = reader.server().says(new RegExp(`assistants\\.yaml:${line}\\b.*\n`));
  await reader.edit(PROMPTS, "{{style}}", "{{style}");
  await told;
  await prints(reader, `curl -d '{"name":"Ann"}' localhost:8080/greeter`, /two long, friendly/);
}

/** Runs what the page says in words. */
async function prints({ terminal }: Reader, command: string, pattern: RegExp): Promise<void> {
  const { output } = await terminal.run(command);
  if (!pattern.test(output)) throw new Error(`${command} did not print ${pattern}, but ${output}`);
}

/** That the demo has followed the edit that puts the prompts back. */
let putBack: Promise<unknown> | undefined;

const README: PageTable = {
  page: "README.md",
  commands: {
    [`${NPX} task demo`]: { until: SERVES },
    [`${NPX} task test`]: {
      instead: {
        because: "this is one of the tests that it runs",
        run: (reader) => prints(reader, `${NPX} task test tests/unit/nearest_test.ts`, /^ok \|/m),
      },
    },
    [`curl -d '{"name":"Ann"}' localhost:8080/greeter`]: {
      prints: "Greet Ann in one short, friendly sentence.",
    },
    [`curl -d '{"text":`]: { says: /French/ },
    "curl -N": { says: /^data: /m },
    [`curl -d '{"name":"Ann"}' localhost:8080/greter`]: { says: /did you mean .*\/greeter/ },
    [`curl -d '{"nam":"Ann"}'`]: { says: /name/ },
    "curl 'localhost:8080/readyz?verbose'": { says: /\+\]translator serving/ },
    "git checkout examples": {
      before: async (reader) => {
        await editPrompts(reader);
        putBack = reader.server().says(/Reloaded: changed greeter\n/);
        // It is awaited below; where the command fails, that is told.
        putBack.catch(() => {});
      },
      after: async () => void await putBack,
    },
    "GEMINI_API_KEY=…": {
      before: (reader) => reader.ctrlC(),
      put: { "…": KEY },
      until: /curl -d .* http:\S+\/hello\n/,
    },
    [`curl -d '{"name":"Ann"}' localhost:8080/hello`]: [
      { says: /Hallo Ann!/ },
      { prints: "Hello Ann" },
    ],
    "kubectl apply --server-side -k deploy/overlays/cluster-wide": {
      before: async (reader) => {
        await reader.ctrlC();
        const bothWays = /name a Secret .* or set the environment variable GEMINI_API_KEY/;
        await reader.start(`${NPX} task serve hello.yaml`, bothWays);
        await reader.ctrlC();
      },
    },
    "kubectl wait --for=condition=Ready --timeout=5s": {
      // The five seconds of the page are a person's, on a machine that does nothing else.
      before: async (reader) => {
        const told = "--for=condition=Ready=False --timeout=2m flow/hello";
        await prints(reader, `kubectl wait ${told}`, /condition met/);
      },
      prints: 'Prompt "hello" is not found in namespace "default"',
    },
    "kubectl port-forward": { until: /Forwarding from/ },
    [OPERATOR]: {
      before: async (reader) => {
        await reader.ctrlC();
      },
      // The proxy of the tests' node has the Service's 8080 on this machine, as no real one has.
      put: { "--lease-namespace default": "--lease-namespace default --metrics-port 0" },
      until: /"message":"started"/,
    },
    [`${NPX} task genkitd runner`]: {
      before: (reader) => reader.ctrlC(),
      until: /"ready".*:9000/,
      after: (reader) =>
        prints(reader, `curl -d '{"name":"Ann"}' localhost:9000/hello`, /^Hello Ann$/m),
    },
  },
  blocks: {
    "import { runFlow": {
      use: async (text, reader) => {
        await Deno.writeTextFile(`${reader.world.checkout}/client.ts`, text);
        await reader.start(`${NPX} task demo`, SERVES);
        const greeting = "Greet Ann in one short, friendly sentence.";
        await prints(reader, `${NPX} check --quiet client.ts`, /^$/);
        await prints(
          reader,
          `${NPX} run -A client.ts`,
          new RegExp(`^${RegExp.escape(greeting)}\n\n?(.+\n)+`),
        );
        await reader.ctrlC();
      },
    },
  },
};

testIsolated(
  import.meta,
  "README.md: a newcomer's path, each command as printed",
  async (t) => {
    await using gemini = await geminiServer(() => [{ text: "Hallo Ann!" }]);
    await using cluster = await startTestCluster();
    const { controlPlane, images } = cluster;
    images["ghcr.io/genkitd/genkitd:0.1.0"] = images["genkitd:test"]!;
    await using world = await makeWorld({
      controlPlane,
      hosts: { "generativelanguage.googleapis.com": forwardTo(gemini.url) },
    });
    await followPage(t, world, README);
  },
  { minutes: 20, prepare: prepareWorld },
);
