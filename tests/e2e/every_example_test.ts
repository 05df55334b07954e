import assert from "assert";
import { parse } from "yaml";
import { readFiles } from "../../cli/read_files.ts";
import { lintFiles } from "../../shared/lint/lint_files.ts";
import { PROVIDERS } from "../../shared/providers.ts";
import { VERSION } from "../../shared/version.ts";
import { tokenIssuer } from "../unit/runner/guard/token_issuer.ts";
import { type ExampleFolder, exampleFolders } from "./example_folders.ts";
import { genkitd } from "./genkitd.ts";

const EXAMPLES = new URL("../../examples/", import.meta.url);
const folders = exampleFolders();
const readme = await Deno.readTextFile(new URL("README.md", EXAMPLES));

async function textOf({ objects }: ExampleFolder): Promise<string> {
  const files = [...Deno.readDirSync(objects)].filter(({ name }) => name.endsWith(".yaml"));
  const texts = files.map(({ name }) => Deno.readTextFile(`${objects}/${name}`));
  return (await Promise.all(texts)).join("\n---\n");
}

Deno.test("examples/README.md has a line for every example, and for no other", () => {
  const rows = [...readme.matchAll(/^\| \[(.+?)\]\((.+?)\) +\| (\S.*\S) +\|$/gm)];
  assert.deepEqual(
    rows.map(([, name, folder]) => [name, folder]).sort(),
    folders.map(({ name }) => [name.split("/")[1], name]).sort(),
  );
});

Deno.test("every provider has an example", async () => {
  const types = new Set<string>();
  for (const folder of folders.filter(({ name }) => name.startsWith("providers/"))) {
    for (const document of (await textOf(folder)).split(/^---$/m)) {
      const { kind, spec } = parse(document);
      if (kind === "PluginConfig") types.add(spec.type);
    }
  }
  assert.deepEqual([...types].sort(), PROVIDERS.map(({ type }) => type).sort());
});

Deno.test("the image of the examples is that of this version", async () => {
  for (const folder of folders) {
    for (const [, image] of (await textOf(folder)).matchAll(/^ *image: (.+)$/gm)) {
      assert.equal(image, `ghcr.io/genkitd/genkitd:${VERSION}`, folder.name);
    }
  }
});

Deno.test("no example holds a Secret, and each says in its first lines what to change", async () => {
  for (const folder of folders.filter(({ name }) => !name.startsWith("sources/"))) {
    const text = await textOf(folder);
    assert.doesNotMatch(text, /^kind: Secret$/m, folder.name);
    assert.match(text, /^# .+\n# .+\napiVersion/, folder.name);
  }
});

for (const { name, objects, resources } of folders.filter(({ name }) => name !== "sources/nats")) {
  Deno.test(`examples/${name}: lint finds nothing, and no warning`, async () => {
    const { findings, objects: count } = await lintFiles(await readFiles([objects], resources));
    assert.deepEqual(findings.map(({ rule, message }) => `${rule}: ${message}`), []);
    assert.ok(count > 0);
  });
}

/** Calls each flow as the server says it can be called, and gives the answers by flow. */
async function answers(
  output: string,
  headers: Record<string, string> = {},
): Promise<Record<string, string>> {
  const calls = [...output.matchAll(/curl -d '(.*)' (http:\S+\/(\S+))\n/g)];
  const found = calls.map(async ([, body, url, flow]) => {
    const response = await fetch(url!, { method: "POST", body: body!, headers });
    return [flow!, `${response.status} ${(await response.text()).trim()}`] as const;
  });
  return Object.fromEntries(await Promise.all(found));
}

const serve = (paths: string[], resources: string[] = []) =>
  genkitd([
    "serve",
    ...paths,
    "--offline",
    "--no-watch",
    "--port=0",
    ...resources.flatMap((glob) => ["--resources", glob]),
  ], { ready: /serves (?:.|\n)*curl -d .* (http:\S+)\/\S+\n\n/ });

for (const { name, objects, resources } of folders.filter(({ served }) => served)) {
  if (name.startsWith("features/auth-")) continue;
  Deno.test(`examples/${name}: each flow answers offline`, async () => {
    await using server = await serve([objects], resources);
    const found = await answers(server.output());
    assert.notDeepEqual(found, {});
    for (const answer of Object.values(found)) assert.match(answer, /^200 \S/);
  });
}

Deno.test("examples/features/auth-api-keys: a caller whose key is in the Secret gets an answer", async () => {
  const folder = folders.find(({ name }) => name === "features/auth-api-keys")!;
  // As its second line makes it, and `kubectl --dry-run=client -o yaml` prints it.
  const key = crypto.randomUUID();
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  try {
    const data = { ann: btoa(key) };
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "callers" }, data };
    await Deno.writeTextFile(file, JSON.stringify(secret));
    await using server = await serve([folder.objects, file]);
    assert.match((await answers(server.output())).greeter!, /^401 /);
    assert.match(
      (await answers(server.output(), { "x-api-key": key })).greeter!,
      /^200 Tell ann one thing about /,
    );
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("examples/features/auth-jwt: a token of its issuer gets an answer", async () => {
  const folder = folders.find(({ name }) => name === "features/auth-jwt")!;
  await using issuer = await tokenIssuer();
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  try {
    const text = (await textOf(folder)).replace("https://id.example.com/", issuer.url);
    await Deno.writeTextFile(file, text);
    await using server = await serve([file]);
    const ask = async (change: Record<string, unknown>) => {
      const authorization = `Bearer ${await issuer.token({ aud: "greeter", ...change })}`;
      return (await answers(server.output(), { authorization })).greeter!;
    };
    assert.match((await answers(server.output())).greeter!, /^401 /);
    assert.match(await ask({ scope: "read" }), /^403 /);
    assert.match(await ask({ scope: "read greet" }), /^200 Tell ann one thing about /);
  } finally {
    await Deno.remove(file);
  }
});
