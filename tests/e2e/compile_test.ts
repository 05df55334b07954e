import assert from "assert";
import { ROOT } from "../../tasks/checkout.ts";
import { compileArguments, COMPILED_PERMISSIONS } from "../../tasks/compile_arguments.ts";
import { echoFlows, toolOf } from "./genkit_tree.ts";
import { genkitd } from "./genkitd.ts";
import { shippedBundle } from "./shipped_bundle.ts";

const ready = /"ready".*"(http:\/\/[\w.:]+:\d+)"/;

Deno.test("compile: the program holds the bundle, its sandbox and these permissions alone", async () => {
  await using bundle = await shippedBundle();
  const root = bundle.options.cwd;
  // Any program stands for denort here: what is put behind it is looked at, not run.
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: compileArguments({
      bundle: bundle.options.program.replace(/\/[^/]*$/, ""),
      target: Deno.build.target,
      output: `${root}/genkitd`,
    }),
    env: { ...bundle.options.env, DENORT_BIN: "/bin/true" },
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  const text = new TextDecoder("latin1").decode(await Deno.readFile(`${root}/genkitd`));
  const [, permissions = "{}"] = /"permissions":(\{[^}]*\})/.exec(text) ?? [];
  // Deno has a list of import hosts by itself, which deny_import outdoes.
  const given = Object.entries(JSON.parse(permissions)).filter(([name, value]) =>
    value !== null && name !== "allow_import"
  );
  assert.deepEqual(Object.fromEntries(given), {
    allow_env: [],
    allow_net: [],
    allow_read: [],
    allow_run: [],
    allow_write: [],
    deny_import: [],
    prompt: false,
  });
  assert.match(text, /"features":\["worker-options"\]/);
  assert.match(text, /"entrypoint_key":"genkitd\.js"/);
  for (const part of ["sandbox_worker.js", "streamGenerateContent", "ConverseStream"]) {
    assert.ok(text.includes(part), `${part} is inside`);
  }
  assert.ok((await Deno.stat(`${root}/genkitd`)).size < 8_000_000, "and no package besides");
});

Deno.test("compile: without a denort it says what is needed", async () => {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "tasks/compile.ts"],
    cwd: ROOT,
    env: { NO_COLOR: "1", DENORT_BIN: "/nonexistent/denort" },
  }).output();
  const said = new TextDecoder().decode(stderr);
  assert.equal(code, 1);
  assert.match(
    said,
    /^Cannot compile genkitd for \w+-\w+: deno compile needs denort [\d.]+, from dl\.deno/,
  );
  assert.match(said, /Could not find denort at '\/nonexistent\/denort'/);
});

Deno.test("compile: a target that is none is named", async () => {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "tasks/compile.ts", "--target", "linux-x86"],
    cwd: ROOT,
  }).output();
  assert.equal(code, 1);
  assert.match(
    new TextDecoder().decode(stderr),
    /--target is "linux-x86", it should be one of linux-amd64, linux-arm64, darwin-amd64/,
  );
});

Deno.test("a compiled genkitd serves with sandboxes that are itself", async (t) => {
  await using bundle = await shippedBundle();
  const { program, cwd, env } = bundle.options;
  const itself = `${cwd}/itself`;
  const flags = [
    "--no-config",
    "--no-lock",
    "--no-remote",
    "--no-npm",
    "--unstable-worker-options",
    ...COMPILED_PERMISSIONS,
  ];
  await Deno.writeTextFile(
    itself,
    `#!/bin/sh\nexec '${Deno.execPath()}' run --no-prompt ${flags.join(" ")} '${program}' "$@"\n`,
    { mode: 0o755 },
  );
  await using tree = await echoFlows({
    one: {},
    // Hosts of its own put a flow into a sandbox of its own.
    two: { "tools/look.json": toolOf("127.0.0.1:9") },
  });
  await using server = await genkitd(
    ["runner", "--root", tree.root, "--host", "127.0.0.1", "--port", "0"],
    {
      program,
      cwd,
      ready,
      env: { ...env, GENKITD_ITSELF: itself },
      flags: [...flags, `--preload=${ROOT}tests/fixtures/standalone.js`],
    },
  );
  const ask = async (flow: string) => {
    const response = await fetch(`${server.url}/${flow}`, {
      method: "POST",
      body: '{"name":"Ann"}',
    });
    return `${response.status} ${await response.text()}`;
  };

  await t.step("the flows answer", async () => {
    assert.match(await ask("one"), /^200 .*Hello Ann from one/);
    assert.match(await ask("two"), /^200 .*Hello Ann from two/);
  });

  await t.step("each sandbox is told its hosts, and gets no environment", async () => {
    const commands = await sandboxesOf(server.pid);
    assert.deepEqual(
      commands.map(({ args }) => args.slice(args.indexOf("sandbox"))).sort(),
      [["sandbox"], ["sandbox", "127.0.0.1:9"]],
    );
    for (const { environment } of commands) {
      assert.ok(environment.includes("DENO_V8_FLAGS=--max-old-space-size="), environment);
      assert.ok(!environment.includes("GENKITD_ITSELF"), environment);
    }
  });

  await t.step("they end with it", async () => {
    const pids = (await sandboxesOf(server.pid)).map(({ pid }) => pid);
    server.kill("SIGTERM");
    assert.equal((await server.ended).code, 0, server.output());
    for (const pid of pids) await assert.rejects(Deno.stat(`/proc/${pid}`));
  });
});

/** The children of a process: their arguments and environment, as Linux tells them. */
async function sandboxesOf(pid: number) {
  const children = await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`);
  return await Promise.all(
    children.trim().split(" ").map(async (pid) => ({
      pid,
      args: (await Deno.readTextFile(`/proc/${pid}/cmdline`)).split("\0").slice(0, -1),
      environment: (await Deno.readTextFile(`/proc/${pid}/environ`)).replaceAll("\0", " "),
    })),
  );
}
