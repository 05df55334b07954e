import assert from "assert";
import type { FlowDefinition } from "../../../shared/contract/bundle.ts";
import { mountedCredentials } from "../../../runner/mounted_credentials.ts";

async function mounted(values: Record<string, string>, layout: "single" | "multi" = "multi") {
  const root = await Deno.makeTempDir({ prefix: "genkitd-credentials-" });
  const dir = `${root}/flows/greeter/credentials`;
  // As a kubelet lays a Secret out: a dated folder, `..data` to it, and links through `..data`.
  const lay = async (name: string, values: Record<string, string>) => {
    await Deno.mkdir(`${dir}/${name}`, { recursive: true });
    for (const [key, value] of Object.entries(values)) {
      await Deno.writeTextFile(`${dir}/${name}/${key}`, value);
    }
    await Deno.symlink(name, `${dir}/..data_new`);
    await Deno.rename(`${dir}/..data_new`, `${dir}/..data`);
  };
  await lay("..1", values);
  for (const key of Object.keys(values)) await Deno.symlink(`..data/${key}`, `${dir}/${key}`);
  let now = 0;
  const credentials = mountedCredentials({
    root,
    layout,
    environment: (key) => key === "FROM_ENV" ? "e" : undefined,
    clock: { now: () => now, after: () => () => {} },
  });
  return {
    credentials,
    lay,
    later: () => now += 1000,
    [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }),
  };
}

function flow(credentialsDir?: string): FlowDefinition {
  return {
    name: "greeter",
    entrypoint: "greeting",
    config: { ...credentialsDir && { credentialsDir } },
    prompts: [],
    tools: [],
  };
}

Deno.test("mountedCredentials: a flow with a folder reads its files, and no other key", async () => {
  await using tree = await mounted({ KEY: "one" });
  const source = tree.credentials.of(flow("/genkit/flows/greeter/credentials"));
  assert.equal(source.get("KEY"), "one");
  assert.equal(source.get("OTHER"), undefined);
  assert.equal(source.get("FROM_ENV"), undefined);
  assert.equal(source.get("../../../../../etc/passwd"), undefined);
  assert.equal(source.get("..data"), undefined);
});

Deno.test("mountedCredentials: in the single layout the environment has what no file has", async () => {
  await using tree = await mounted({ KEY: "one" }, "single");
  const source = tree.credentials.of(flow("/genkit/flows/greeter/credentials"));
  assert.deepEqual([source.get("KEY"), source.get("FROM_ENV")], ["one", "e"]);
});

Deno.test("mountedCredentials: a fallback reads files only: the environment is the flow's", async () => {
  await using tree = await mounted({ KEY: "one" }, "single");
  const source = tree.credentials.ofFallback("/genkit/flows/greeter/credentials");
  assert.deepEqual([source.get("KEY"), source.get("FROM_ENV")], ["one", undefined]);
  assert.equal(tree.credentials.ofFallback(undefined).get("FROM_ENV"), undefined);
});

Deno.test("mountedCredentials: a flow without a folder reads the environment", async () => {
  await using tree = await mounted({ KEY: "one" });
  const source = tree.credentials.of(flow());
  assert.equal(source.get("FROM_ENV"), "e");
  assert.equal(source.get("KEY"), undefined);
});

Deno.test("mountedCredentials: a folder outside the tree is refused", async () => {
  await using tree = await mounted({ KEY: "one" });
  for (const dir of ["/etc", "/genkit/../etc", "/genkit/flows/../../../etc"]) {
    assert.throws(() => tree.credentials.of(flow(dir)), /folder ".*" is not below/);
  }
});

Deno.test("mountedCredentials: a rotated Secret is seen as changed, once", async () => {
  await using tree = await mounted({ KEY: "one" });
  const dir = "/genkit/flows/greeter/credentials";
  tree.credentials.of(flow(dir)).get("KEY");
  tree.later();
  assert.equal(await tree.credentials.changed(), false);
  await tree.lay("..2", { KEY: "two" });
  tree.later();
  assert.equal(await tree.credentials.changed(), true);
  assert.equal(tree.credentials.of(flow(dir)).get("KEY"), "two");
  tree.later();
  assert.equal(await tree.credentials.changed(), false);
});

Deno.test("a tool's headers are the files of their folder, and are read again when these change", async () => {
  const root = await Deno.makeTempDir({ prefix: "genkitd-headers-" });
  try {
    let now = 0;
    const credentials = mountedCredentials({
      root,
      layout: "single",
      environment: () => undefined,
      clock: { now: () => now, after: () => () => {} },
    });
    const dir = "/genkit/tools/look.headers";
    const changed = () => {
      now += 1000;
      return credentials.changed();
    };
    assert.equal(credentials.headers(dir), undefined, "the Secret is not there yet");
    const folder = `${root}/tools/look.headers`;
    await Deno.mkdir(`${folder}/..data`, { recursive: true });
    await Deno.writeTextFile(`${folder}/authorization`, "Bearer 1");
    assert.equal(await changed(), true);
    assert.deepEqual(credentials.headers(dir), { authorization: "Bearer 1" });
    assert.equal(await changed(), false);
    await Deno.writeTextFile(`${folder}/authorization`, "Bearer 2");
    assert.equal(await changed(), true);
    credentials.headers(dir);
    await Deno.writeTextFile(`${folder}/x-team`, "a");
    assert.equal(await changed(), true);
    assert.deepEqual(credentials.headers(dir), { authorization: "Bearer 2", "x-team": "a" });
    assert.throws(() => credentials.headers("/etc"), /is not below/);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
