import assert from "assert";
import { serverContentHash } from "../../../../operator/render/content_hash.ts";
import { renderContent } from "../../../../operator/render/render_content.ts";
import { renderServer } from "../../../../operator/render/render_server.ts";
import type { FlowServer, ServedFlow } from "../../../../shared/flows/flow_server.ts";
import { serverOwnerOf } from "./server_owner_of.ts";

const KEYS = ["GEMINI_API_KEY", "GOOGLE_API_KEY", "OTHER"];
const RENDERS = 2000;

function flow(name: string): ServedFlow {
  return {
    name,
    entrypoint: "greeting",
    model: { provider: "googleai", model: "m", config: { temperature: 0.3, topP: 1, topK: 4 } },
    plugin: {
      type: "googleai",
      region: "eu",
      extraConfig: { baseURL: "http://a", more: { b: 1, a: 2 } },
      credentialKeys: [],
      secret: `${name}-keys`,
    },
    prompts: [{ name: "greeting", source: `Greet for ${name}` }, { name: "_part", source: "." }],
    tools: ["weather", "time"].map((tool) => ({
      name: tool,
      definition: { name: tool, description: "d", inputSchema: { type: "object", required: [] } },
      http: { url: "http://b", method: "GET", headersSecret: `${tool}-headers` },
    })),
  };
}

const flows = ["one", "two", "three", "four"].map(flow);
const server: FlowServer = { namespace: "demo", name: "greeter", layout: "multi", flows };

async function render(server: FlowServer, keys: readonly string[]) {
  const content = renderContent(server, () => keys);
  const hash = await serverContentHash(content);
  const owner = serverOwnerOf({}, "FlowSet");
  const children = renderServer({ owner, content, hash, credentialsHash: undefined, replicas: 1 });
  return { hash, bytes: JSON.stringify(children) };
}

Deno.test(`render: ${RENDERS} renders of shuffled inputs give one hash and equal bytes`, async () => {
  const expected = await render(server, KEYS);
  const random = randomOf(4);
  for (let count = 0; count < RENDERS; count++) {
    const shuffled = shuffle(server, random) as FlowServer;
    assert.deepEqual(await render(shuffled, shuffle(KEYS, random) as string[]), expected);
  }
});

Deno.test("render: a prompt that moves to another flow changes the hash", async () => {
  const [one, two, ...others] = flows;
  const moved = [
    { ...one!, prompts: one!.prompts.slice(0, 1) },
    { ...two!, name: "two", prompts: [...two!.prompts, { ...one!.prompts[1]!, name: "_moved" }] },
    ...others,
  ];
  const { hash } = await render({ ...server, flows: moved }, KEYS);
  assert.notEqual(hash, (await render(server, KEYS)).hash);
});

Deno.test("render: another key of a Secret changes the hash", async () => {
  const { hash } = await render(server, [...KEYS, "NEW"]);
  assert.notEqual(hash, (await render(server, KEYS)).hash);
});

/** The value with its lists and the keys of its objects in another order. */
function shuffle(value: unknown, random: () => number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return disorder(value, random).map((item) => shuffle(item, random));
  const entries = disorder(Object.entries(value), random);
  return Object.fromEntries(entries.map(([key, inner]) => [key, shuffle(inner, random)]));
}

function disorder<T>(list: readonly T[], random: () => number): T[] {
  return list.map((item) => ({ item, at: random() })).sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

/** Numbers from 0 to below 1, always the same for a seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
