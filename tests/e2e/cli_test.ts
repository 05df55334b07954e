import assert from "assert";
import { VERSION } from "../../shared/version.ts";

const root = new URL("../../", import.meta.url);

async function deno(...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: root,
    env: { NO_COLOR: "1" },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

const genkitd = (...args: string[]) => deno("run", "-A", "mod.ts", ...args);

Deno.test("the exit code and the streams are those of a well-behaved command", async () => {
  assert.deepEqual(await genkitd("--version"), {
    code: 0,
    stdout: `genkitd ${VERSION}\n`,
    stderr: "",
  });
  const { code, stdout, stderr } = await genkitd("sevre");
  assert.deepEqual([code, stdout], [2, ""]);
  assert.match(stderr, /^error: unknown command "sevre" \(did you mean "serve"\?\)\n/);
});

Deno.test("sandbox, by which genkitd starts itself, tells a person what it is", async () => {
  for (const words of [["sandbox", "--help"], ["sandbox", "example.com:443", "-h"]]) {
    const { code, stdout, stderr } = await genkitd(...words);
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, /^error: "sandbox" is how genkitd starts .*\nRun "genkitd --help"/);
  }
});

Deno.test("the runner refuses a PORT that is none, and names it", async () => {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "mod.ts", "runner"],
    cwd: root,
    env: { PORT: "http" },
  }).output();
  assert.equal(code, 2);
  assert.match(
    new TextDecoder().decode(stderr),
    /error: PORT is "http", it should be a whole number/,
  );
});

Deno.test("an empty variable of genkitd's counts as not set", async () => {
  const { stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "mod.ts", "runner", "--drain-delay", "soon"],
    cwd: root,
    env: { GENKITD_LOG_LEVEL: "", GENKITD_LOG_FORMAT: "", PORT: "" },
  }).output();
  assert.match(new TextDecoder().decode(stderr), /^error: --drain-delay is "soon", /);
});

Deno.test("a reader that goes away early is no failure", async () => {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "mod.ts", "serve", "--help"],
    cwd: root,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  await child.stdout.cancel();
  const { code } = await child.status;
  assert.deepEqual([code, await new Response(child.stderr).text()], [0, ""]);
});

/** A module in the output of `deno info --json`; only what is read here. */
interface Module {
  specifier: string;
  dependencies?: { isDynamic?: boolean; code?: { specifier: string } }[];
}

/** What is loaded together with a module: its static imports, all the way. */
async function loadedWith(entry: string): Promise<string[]> {
  const { stdout } = await deno("info", "--json", entry);
  const modules: Module[] = JSON.parse(stdout).modules;
  const byName = new Map(modules.map((module) => [module.specifier, module]));
  const loaded = new Set<string>();
  const load = (specifier: string) => {
    if (loaded.has(specifier)) return;
    loaded.add(specifier);
    for (const { isDynamic, code } of byName.get(specifier)?.dependencies ?? []) {
      if (!isDynamic && code !== undefined) load(code.specifier);
    }
  };
  load(new URL(entry, root).href);
  return [...loaded];
}

Deno.test("help, version and wrong arguments load no role, and no package but the parser", async () => {
  for (const entry of ["mod.ts", "cli/serve.ts", "cli/runner.ts"]) {
    const loaded = await loadedWith(entry);
    assert.ok(loaded.length > 3, entry);
    const heavy = loaded.filter((specifier) =>
      /\/(runner|operator)\/[^/]+\.ts$/.test(specifier) && !specifier.endsWith("/cli/runner.ts") ||
      /^npm:/.test(specifier) && !/^npm:\/?commander@/.test(specifier)
    );
    assert.deepEqual(heavy, [], entry);
  }
});
