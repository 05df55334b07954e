import assert from "assert";
import { MemoryBucket } from "../../shared/cache/memory_bucket.ts";
import { mergeSnapshots } from "../../shared/sources/merge_snapshots.ts";
import { packObjects } from "../../shared/sources/oci/pack_objects.ts";
import { SnapshotBucket } from "../../shared/sources/snapshot_bucket.ts";
import type { Snapshot } from "../../shared/sources/source.ts";
import { folder } from "../unit/sources/folder.ts";
import { read, served } from "./git_reading.ts";
import { fetcher, push, pushLayers, signal, TAR, tarLayer } from "./oci_reading.ts";
import { registryServer } from "./registry_server.ts";

const FILES = {
  "flows/a.yaml": "a: 1",
  "flows/prompts/p.prompt": "Hello",
  "flows/schemas/s.json": "{}",
  "flows/data/d.csv": "a,b",
};
const resources = ["**/schemas/**", "flows/data/*.csv"];

/** The names of a snapshot's files, resources with a star. */
const named = ({ files, resources }: Snapshot) =>
  [...files.keys()].map((path) => path + (resources?.has(path) ? "*" : "")).toSorted();

const ALL = [
  "flows/a.yaml",
  "flows/data/d.csv*",
  "flows/prompts/p.prompt*",
  "flows/schemas/s.json*",
];
const FEW = ["flows/a.yaml", "flows/prompts/p.prompt*", "flows/schemas/s.json"];

Deno.test("a Git repository gives its resources, with folder and links as for all files", async () => {
  await using git = await served();
  const { url } = git.server;
  await git.repository.commit({ ...FILES, "flows/q.prompt": { link: "prompts/p.prompt" } });
  assert.deepEqual(named(await read({ url, resources })), ALL);
  assert.deepEqual(named(await read({ url, path: "flows", resources })), ALL);
  assert.deepEqual(named(await read({ url })), FEW);
  await git.repository.commit({ "flows/data/d.csv": "x".repeat(5000) });
  const { files, problems } = await read({ url, resources, maxFileBytes: 2000 });
  assert.equal(files.has("flows/data/d.csv"), false);
  assert.match(problems[0]!.message, /larger than 2000 bytes/);
});

Deno.test("an OCI artifact gives its resources, of archives and of single files", async () => {
  await using server = await registryServer();
  await pushLayers(server, "v1", [
    await tarLayer(Object.entries(FILES).map(([name, text]) => ({ name, text }))),
    {
      mediaType: TAR,
      bytes: new TextEncoder().encode("Bye"),
      annotations: { "org.opencontainers.image.title": "q.prompt" },
    },
  ]);
  const all = await fetcher(server, ":v1", { resources }).fetch(signal);
  assert.deepEqual(named(all!), [...ALL, "q.prompt*"]);
  const few = await fetcher(server, ":v1").fetch(signal);
  assert.deepEqual(named(few!), [...FEW, "q.prompt*"]);
});

Deno.test("what is pushed holds the resources of its objects, and is checked with them", async () => {
  const tool = (schema: string) => `
apiVersion: genkit.dev/v1alpha1
kind: Prompt
metadata: { name: p }
spec: { content: { $resource: ${schema} } }`;
  await using root = await folder({
    "a.yaml": tool("prompts/p.prompt"),
    "prompts/p.prompt": "Hello",
    "schemas/s.json": "{}",
  });
  const globs = ["schemas/**"];
  const packed = await packObjects(root.path, { includeSecrets: false, resources: globs });
  assert.deepEqual([...packed.files.keys()].toSorted(), [
    "a.yaml",
    "prompts/p.prompt",
    "schemas/s.json",
  ]);
  await using server = await registryServer();
  const texts = [...packed.files].map(([path, bytes]) => [path, new TextDecoder().decode(bytes)]);
  await push(server, "v1", Object.fromEntries(texts));
  const pulled = await fetcher(server, ":v1", { resources: globs }).fetch(signal);
  assert.deepEqual(named(pulled!), ["a.yaml", "prompts/p.prompt*", "schemas/s.json*"]);
  await root.write("a.yaml", tool("prompts/gone.prompt"));
  await assert.rejects(
    packObjects(root.path, { includeSecrets: false, resources: globs }),
    /"prompts\/gone\.prompt", which is not among the resources/,
  );
});

Deno.test("resources stay what they are where sources are merged, and in the cache", async () => {
  const snapshot: Snapshot = {
    revision: "1",
    files: new Map([["a.yaml", "a"], ["p.prompt", "P"]]),
    resources: new Set(["p.prompt"]),
    problems: [],
  };
  const merged = await mergeSnapshots([
    { name: "local", local: true, snapshot: { ...snapshot, resources: new Set() } },
    {
      name: "git",
      local: false,
      snapshot: {
        ...snapshot,
        files: new Map([["q.prompt", "Q"]]),
        resources: new Set(["q.prompt"]),
      },
    },
  ]);
  assert.deepEqual(named(merged), ["a.yaml", "git//q.prompt*", "p.prompt"]);
  const cache = { bucket: new MemoryBucket(), source: "git", maxValueBytes: 10_000 };
  const writer = new SnapshotBucket(cache);
  assert.ok(await writer.write(snapshot, { id: "term", signal: AbortSignal.any([]) }, undefined));
  const entry = await cache.bucket.get(writer.headKey);
  assert.deepEqual(await new SnapshotBucket(cache).read(entry!), snapshot);
});

Deno.test("push refuses a folder with a Helm chart: its Secrets cannot be told", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/c/templates`, { recursive: true });
    await Deno.writeTextFile(`${folder}/c/Chart.yaml`, "apiVersion: v2\nname: c\nversion: 1.0.0\n");
    await Deno.writeTextFile(`${folder}/c/templates/a.yaml`, "kind: Secret\nstringData: {a: b}\n");
    await assert.rejects(() => packObjects(folder, { includeSecrets: false }), {
      message: `Cannot push "${folder}", 1 problem:\nc/Chart.yaml: is of a Helm chart or ` +
        "kustomization, of which no objects are made yet: push those that are made of it",
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
