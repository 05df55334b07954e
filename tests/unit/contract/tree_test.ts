import assert from "assert";
import { contentHash } from "../../../shared/content_hash.ts";
import { readDirectory } from "../../../shared/contract/read_directory.ts";
import { readTree } from "../../../shared/contract/read_tree.ts";
import { writeTree } from "../../../shared/contract/write_tree.ts";
import type { FlowServer, ServedFlow } from "../../../shared/flows/flow_server.ts";

const greeter: ServedFlow = {
  name: "greeter",
  entrypoint: "greeting",
  model: {
    provider: "googleai",
    model: "gemini",
    config: { temperature: 0 },
    info: { label: "G" },
  },
  plugin: {
    type: "googleai",
    region: "eu",
    extraConfig: { baseURL: "http://m" },
    credentialKeys: ["KEY"],
    secret: "keys",
  },
  prompts: [{ name: "_part", source: "part" }, { name: "greeting", source: "Hello {{name}} 🦊" }],
  tools: [
    {
      name: "weather",
      definition: { name: "get-weather", description: "Weather" },
      http: { url: "https://w", method: "GET", headersSecret: "w-headers" },
    },
    {
      name: "ask",
      definition: { name: "ask", description: "Asks" },
      flowRef: { name: "other", url: "http://other.demo.svc:8080/other" },
    },
  ],
};
const plain: ServedFlow = {
  name: "credentials",
  entrypoint: "p",
  prompts: [{ name: "p", source: "Hi" }],
  tools: [],
};

function server(layout: FlowServer["layout"], ...flows: ServedFlow[]): FlowServer {
  return { namespace: "demo", name: "s", layout, flows };
}

Deno.test("writeTree: the multi layout, file by file", () => {
  const files = writeTree(server("multi", greeter, plain));
  assert.deepEqual([...files.keys()].sort(), [
    "flows/credentials/config.json",
    "flows/credentials/prompts/p.prompt",
    "flows/greeter/config.json",
    "flows/greeter/prompts/_part.prompt",
    "flows/greeter/prompts/greeting.prompt",
    "flows/greeter/tools/ask.json",
    "flows/greeter/tools/weather.json",
    "manifest.json",
  ]);
  const json = (path: string) => JSON.parse(files.get(path)!);
  assert.deepEqual(json("manifest.json").flows, [
    { name: "credentials", entrypoint: "p", dir: "/genkit/flows/credentials" },
    { name: "greeter", entrypoint: "greeting", dir: "/genkit/flows/greeter" },
  ]);
  assert.deepEqual(json("flows/greeter/config.json"), {
    defaultModel: {
      provider: "googleai",
      model: "gemini",
      config: { temperature: 0 },
      info: { label: "G" },
    },
    plugin: { type: "googleai", region: "eu", extraConfig: { baseURL: "http://m" } },
    credentialsDir: "/genkit/flows/greeter/credentials",
    credentialKeys: ["KEY"],
    flow: { name: "greeter", entrypoint: "greeting" },
  });
  assert.deepEqual(json("flows/greeter/tools/weather.json"), {
    definition: { name: "get-weather", description: "Weather" },
    implementation: {
      http: {
        url: "https://w",
        method: "GET",
        headersSecretRef: { name: "w-headers" },
        headersDir: "/genkit/flows/greeter/tools/weather.headers",
      },
    },
  });
});

Deno.test("writeTree: the single layout has the flow and its credentials at the root", () => {
  const files = writeTree(server("single", greeter));
  assert.ok(files.has("config.json") && files.has("prompts/greeting.prompt"));
  assert.equal(files.has("manifest.json"), false);
  assert.equal(JSON.parse(files.get("config.json")!).credentialsDir, "/genkit/credentials");
});

for (const layout of ["single", "multi"] as const) {
  Deno.test(`readTree reads what writeTree writes: ${layout}`, () => {
    const { flows: [flow], broken, layout: read } = readTree(writeTree(server(layout, greeter)));
    assert.deepEqual([read, broken], [layout, []]);
    assert.equal(flow!.name, "greeter");
    assert.equal(flow!.entrypoint, "greeting");
    assert.deepEqual(flow!.prompts, greeter.prompts);
    assert.deepEqual(flow!.tools.map(({ definition }) => definition.name), ["ask", "get-weather"]);
    assert.deepEqual(flow!.config.defaultModel?.config, { temperature: 0 });
  });
}

Deno.test("readTree: the files of genkit-operator 0.5.0", () => {
  const { flows: [flow], broken } = readTree(
    new Map([
      [
        "config.json",
        '{"defaultModel":{"provider":"echo","model":"m"},"plugin":{"type":"echo"},"new":1}',
      ],
      ["prompts/b.prompt", "B"],
      ["prompts/a.prompt", "A"],
      [
        "tools/t.json",
        '{"name":"t","description":"d","inputSchema":{"type":"object"},"implementation":{"http":{"url":"http://x","method":"POST"}}}',
      ],
    ]),
  );
  assert.deepEqual(broken, []);
  assert.deepEqual([flow!.name, flow!.entrypoint], [undefined, "a"]);
  assert.equal(flow!.tools[0]!.definition.name, "t");
  assert.equal(flow!.tools[0]!.implementation.http?.url, "http://x");
  assert.equal(flow!.config.new, 1, "unknown keys are kept");
});

const one = '{"plugin":{"type":"echo"}}';
const manifest = (entry: Record<string, unknown>) =>
  JSON.stringify({ flows: [{ name: "good", dir: "/genkit/flows/good" }, entry] });
const faults: [string, [string, string][], RegExp][] = [
  [
    "no config",
    [["manifest.json", manifest({ name: "bad" })]],
    /"flows\/bad\/config.json" is missing/,
  ],
  [
    "a folder outside the tree",
    [["manifest.json", manifest({ name: "bad", dir: "/genkit/../etc" })]],
    /its folder "\/genkit\/..\/etc" is not below "\/genkit"/,
  ],
  [
    "an entrypoint that is not there",
    [
      ["manifest.json", manifest({ name: "bad", entrypoint: "x" })],
      ["flows/bad/config.json", one],
      ["flows/bad/prompts/y.prompt", "Y"],
    ],
    /its entrypoint is the prompt "x", and its prompts are y/,
  ],
  [
    "no prompt",
    [["manifest.json", manifest({ name: "bad" })], ["flows/bad/config.json", one]],
    /it has no prompt/,
  ],
  [
    "a tool that is not valid",
    [
      ["manifest.json", manifest({ name: "bad" })],
      ["flows/bad/config.json", one],
      ["flows/bad/prompts/y.prompt", "Y"],
      ["flows/bad/tools/t.json", "{}"],
    ],
    /"flows\/bad\/tools\/t.json" is not valid at "definition.name"/,
  ],
  [
    "the name of another flow",
    [["manifest.json", manifest({ name: "good" })]],
    /names the flow twice/,
  ],
];
for (const [what, files, reason] of faults) {
  Deno.test(`readTree: ${what} breaks one flow and leaves the other`, () => {
    const { flows, broken } = readTree(
      new Map([["flows/good/config.json", one], ["flows/good/prompts/g.prompt", "G"], ...files]),
    );
    assert.deepEqual(flows.map(({ name }) => name), ["good"]);
    assert.equal(broken.length, 1);
    assert.match(broken[0]!.reason, reason);
  });
}

Deno.test("readTree: a tree that is none says what was looked for", () => {
  assert.throws(
    () => readTree(new Map(), "/x"),
    /at "\/x": neither manifest.json .* nor config.json/,
  );
  assert.throws(() => readTree(new Map([["manifest.json", "["]])), /"manifest.json" is not JSON/);
});

Deno.test("readDirectory: a kubelet's links are read once, and credentials never", async () => {
  const root = await Deno.makeTempDir({ prefix: "genkitd-volume-" });
  try {
    for (const [path, text] of writeTree(server("multi", greeter, plain))) {
      const file = `${root}/..2026/${path}`;
      await Deno.mkdir(file.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeTextFile(file, text);
    }
    await Deno.mkdir(`${root}/..2026/flows/greeter/credentials`);
    await Deno.writeTextFile(`${root}/..2026/flows/greeter/credentials/key.json`, "secret");
    await Deno.symlink("..2026", `${root}/..data`);
    for (const name of ["flows", "manifest.json"]) {
      await Deno.symlink(`..data/${name}`, `${root}/${name}`);
    }
    assert.deepEqual(
      new Map([...await readDirectory(root)].sort()),
      new Map([...writeTree(server("multi", greeter, plain))].sort()),
    );
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("contentHash: the same content in any order gives the same hash", async () => {
  const flows = [greeter, plain, { ...plain, name: "c" }, { ...plain, name: "d" }];
  const hashes = new Set<string>();
  for (let round = 0; round < 200; round++) {
    const shuffled = flows.toSorted(() => Math.random() - 0.5).map((flow) => ({
      ...flow,
      prompts: flow.prompts.toSorted(() => Math.random() - 0.5),
      tools: flow.tools.toSorted(() => Math.random() - 0.5),
    }));
    hashes.add(await contentHash(writeTree(server("multi", ...shuffled))));
  }
  assert.equal(hashes.size, 1);
});

Deno.test("contentHash: what moves between files or flows changes it", async () => {
  const hash = (files: [string, string][]) => contentHash(files);
  assert.notEqual(await hash([["a", "bc"]]), await hash([["ab", "c"]]));
  assert.notEqual(await hash([["a", "b"], ["c", ""]]), await hash([["a", ""], ["c", "b"]]));
  const [part, greeting] = greeter.prompts;
  const moved = server("multi", { ...greeter, prompts: [greeting!] }, {
    ...plain,
    prompts: [...plain.prompts, part!],
  });
  assert.notEqual(
    await contentHash(writeTree(server("multi", greeter, plain))),
    await contentHash(writeTree(moved)),
  );
});

Deno.test("a flow's cache stands in its config.json, and nowhere where it has none", () => {
  const cache = { ttlSeconds: 60, maxEntries: 5 };
  const files = writeTree(server("multi", { ...greeter, cache }, plain));
  assert.equal(files.get("flows/credentials/config.json")?.includes("cache"), false);
  const { flows } = readTree(files);
  assert.deepEqual(flows.find(({ name }) => name === "greeter")?.config.cache, cache);
});
