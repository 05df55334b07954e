import assert from "assert";
import { freePort } from "../../conformance/free_port.ts";
import { failures } from "../../conformance/report/report.ts";
import { RULES } from "../../conformance/rules.ts";
import { runConformance } from "../../conformance/run.ts";
import { waitUntil } from "../../conformance/wait_until.ts";
import { look, providerOf, RUNNERS } from "./conformance_look.ts";
import { genkitTree } from "./genkit_tree.ts";

const MOD = new URL("../../mod.ts", import.meta.url).pathname;
const GENKITD = [Deno.execPath(), "run", "-A", "--no-prompt", MOD, "runner", "--root", "{root}"];

Deno.test("conformance: genkitd's own runner keeps to every rule, additions included", async () => {
  const report = await look([...GENKITD, "--drain-delay", "1s"], "googleai");
  assert.deepEqual(
    report.results.filter(({ outcome }) => outcome !== "pass").map(({ id, message }) =>
      `${id}: ${message}`
    ),
    [],
  );
});

for (const type of ["openai", "echo"] as const) {
  Deno.test(`conformance: genkitd's runner breaks no rule with ${type}`, async () => {
    const report = await look([...GENKITD, "--drain-delay", "1s"], type);
    assert.deepEqual(failures(report, true), []);
    assert.equal(report.results.some(({ outcome }) => outcome === "pass"), true);
  });
}

Deno.test("conformance: a runner that ends at once breaks all, and its output is shown", async () => {
  const report = await look(["node", "-e", "console.error('no such luck'); process.exit(7)"]);
  assert.deepEqual(report.results.filter(({ outcome }) => outcome === "pass"), []);
  // To end is a good way not to be ready where nothing can be served, of those that can serve.
  const probe = report.results.find(({ id }) => id === "C-PROBE-03");
  assert.equal(probe?.outcome, "not applicable");
  assert.match(report.results[0]!.message, /ended with code 7/);
  assert.match(report.outputs[0]!.output, /no such luck/);
});

Deno.test("conformance: a program that cannot be started is said at once", async () => {
  for (
    const [program, why] of [["/no/such/program", "not there"], ["/dev/null", "may run"]] as const
  ) {
    await assert.rejects(
      () => look([program]),
      ({ message }: Error) =>
        message.startsWith(`Cannot start "${program}": `) && message.includes(why),
    );
  }
});

Deno.test("conformance: the runner gets none of the user's own credentials", async () => {
  const command = ["node", "-e", "console.log(JSON.stringify(process.env)); process.exit(1)"];
  Deno.env.set("ANTHROPIC_API_KEY", "the-user's-own");
  try {
    const report = await look(command, "openai", { MINE: "{model} {port}" });
    const { output } = report.outputs[0]!;
    assert.doesNotMatch(output, /the-user's-own/);
    assert.match(output, /"OPENAI_API_KEY":"conformance-key/);
    assert.match(output, /"MINE":"http:\/\/127\.0\.0\.1:\d+\/v1 \d+"/);
  } finally {
    Deno.env.delete("ANTHROPIC_API_KEY");
  }
});

Deno.test("conformance: a runner that somebody else starts is looked at with one tree", async () => {
  await using folder = await genkitTree({});
  const port = freePort("127.0.0.1");
  let child: Deno.ChildProcess | undefined;
  try {
    const report = await runConformance({
      target: { url: `http://127.0.0.1:${port}`, folder: folder.root },
      provider: providerOf("openai"),
      rules: RULES,
      timeout: 60_000,
      grace: 60_000,
      note(text) {
        // One that takes its time is told of once more.
        if (child !== undefined) return;
        assert.ok(text.includes(folder.root), text);
        child = new Deno.Command("node", {
          args: [`${RUNNERS}runner.mjs`],
          env: { GENKIT_ROOT: folder.root, PORT: String(port) },
        }).spawn();
      },
    });
    assert.deepEqual(failures(report, true), []);
    const passed = report.results.filter(({ outcome }) => outcome === "pass");
    assert.ok(passed.length > 25, `${passed.length} passed`);
    assert.match(report.results[0]!.message, /started here/);
  } finally {
    child?.kill("SIGKILL");
    await child?.status;
  }
});

Deno.test("conformance: Ctrl-C ends the runner as well, and takes its tree away", async () => {
  const folder = await Deno.makeTempDir();
  const file = `${folder}/said`;
  const script = `require("fs").writeFileSync("${file}.new", process.pid + " " + ` +
    `process.env.GENKIT_ROOT); require("fs").renameSync("${file}.new", "${file}"); ` +
    `setInterval(() => {}, 1e6)`;
  await using child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-prompt", MOD, "conformance", "--", "node", "-e", script],
    stdout: "null",
    stderr: "null",
  }).spawn();
  const said = await waitUntil(() => Deno.readTextFile(file).catch(() => undefined), 60_000);
  const [pid, root] = said!.split(" ");
  child.kill("SIGINT");
  assert.equal((await child.status).code, 130);
  const gone = (path: string) =>
    waitUntil(() => Deno.stat(path).then(() => undefined, () => true), 60_000);
  assert.ok(await gone(`/proc/${pid}`), "the runner is left");
  assert.ok(await gone(root!), "the tree is left");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("conformance: the command ends with 0, 1 or 2", async () => {
  const run = async (args: string[]) => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-prompt", MOD, "conformance", ...args],
      env: { NO_COLOR: "1", FAULT: "no-404" },
    }).output();
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, stdout: decode(stdout), stderr: decode(stderr) };
  };
  const node = ["--provider", "openai", "--", "node", `${RUNNERS}runner.mjs`];
  const good = await run(["--rule", "C-HTTP-05", ...node]);
  assert.equal(good.code, 0, good.stderr);
  assert.match(good.stdout, /pass {2}C-HTTP-05 {2}MUST/);
  const bad = await run(["--rule", "C-HTTP-04", "--format", "json", ...node]);
  assert.equal(bad.code, 1);
  assert.equal(JSON.parse(bad.stdout).conforms, false);
  assert.match(bad.stderr, /breaks 1 of the rules: C-HTTP-04/);
  const should = await run(["--rule", "C-PROMPT-05", ...node]);
  assert.equal(should.code, 0, "a SHOULD is told, and does not count");
  assert.match(should.stdout, /FAIL {2}C-PROMPT-05/);
  assert.equal((await run(["--strict", "--rule", "C-PROMPT-05", ...node])).code, 1);
  assert.equal((await run([])).code, 2);
  const none = await run(["--", "/no/such/program"]);
  assert.deepEqual([none.code, none.stdout], [2, ""]);
  assert.match(none.stderr, /^error: Cannot start "\/no\/such\/program": [^\n]+\n$/);
});
