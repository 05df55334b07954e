import assert from "assert";
import { TESTED_PROVIDERS, type TestedProvider } from "../../conformance/model/tested_provider.ts";
import { failures } from "../../conformance/report/report.ts";
import { RULES } from "../../conformance/rules.ts";
import { runConformance } from "../../conformance/run.ts";
import { genkitTree } from "./genkit_tree.ts";

const MOD = new URL("../../mod.ts", import.meta.url).pathname;
const RUNNERS = new URL("../fixtures/runners/", import.meta.url).pathname;
const GENKITD = [Deno.execPath(), "run", "-A", "--no-prompt", MOD, "runner", "--root", "{root}"];

/** The rules that the tiny runners are under: they have none of the additions. */
const PLAIN_RULES = RULES.filter(({ level }) => level !== "MAY");

/** What each fault of the Node runner breaks, and nothing else. */
const NODE_FAULTS: Record<string, string[]> = {
  "loopback": ["C-START-02"],
  "no-healthz": ["C-PROBE-01"],
  "no-readyz": ["C-PROBE-02"],
  "always-ready": ["C-PROBE-03"],
  "reserved-names": ["C-PROBE-04"],
  "no-flow-name": ["C-TREE-02"],
  "own-folder": ["C-TREE-03"],
  "first-prompt": ["C-TREE-04"],
  "config-first": ["C-TREE-05"],
  "no-volumes": ["C-TREE-06", "C-CRED-05"],
  "few-flows": ["C-TREE-07"],
  "strict-keys": ["C-TREE-08"],
  "all-or-nothing": ["C-TREE-09"],
  "writes": ["C-TREE-10"],
  "callable-only": ["C-HTTP-02"],
  "raw-only": ["C-HTTP-03", "C-HTTP-08"],
  "no-404": ["C-HTTP-04", "C-PROMPT-05"],
  "any-method": ["C-HTTP-05"],
  "bad-json-500": ["C-HTTP-06"],
  "needs-body": ["C-HTTP-07"],
  "no-stream": ["C-HTTP-08"],
  "event-names": ["C-HTTP-08"],
  "shared-input": ["C-HTTP-09", "C-CRED-03"],
  "error-200": ["C-HTTP-10"],
  "model-400": ["C-HTTP-10"],
  "text-errors": ["C-HTTP-11"],
  "leaks": ["C-HTTP-12"],
  "stack": ["C-HTTP-12"],
  "appends-input": ["C-PROMPT-01"],
  "sends-frontmatter": ["C-PROMPT-02"],
  "latin1": ["C-PROMPT-03"],
  "short-prompts": ["C-PROMPT-04"],
  "no-partials": ["C-PROMPT-05"],
  "routes-partials": ["C-PROMPT-05"],
  "no-defaults": ["C-PROMPT-06"],
};

/** What each fault of the Python runner breaks, and nothing else. */
const PYTHON_FAULTS: Record<string, string[]> = {
  "own-model": ["C-MODEL-01", "C-MODEL-02"],
  "no-prompt-model": ["C-MODEL-02"],
  "no-prompt-config": ["C-MODEL-03"],
  "no-model-config": ["C-MODEL-04"],
  "files-only": ["C-CRED-01"],
  "environment-only": ["C-CRED-02", "C-CRED-05"],
  "last-key": ["C-CRED-02", "C-CRED-03", "C-CRED-05"],
  "keeps-newline": ["C-CRED-04"],
  "reads-once": ["C-CRED-05"],
  "prints-key": ["C-CRED-06"],
  "no-tools": ["C-TOOL-01", "C-TOOL-02", "C-TOOL-03", "C-TOOL-04"],
  "no-schema": ["C-TOOL-01"],
  "no-tool-input": ["C-TOOL-02"],
  "no-tool-answer": ["C-TOOL-02"],
  "no-flow-ref": ["C-TOOL-03"],
  "no-tool-headers": ["C-TOOL-04"],
  "ends-at-once": ["C-STOP-01"],
  "stays-ready": ["C-STOP-02"],
  "ignores-sigterm": ["C-STOP-02", "C-STOP-03"],
  "exit-code": ["C-STOP-03"],
};

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

for (
  const { language, command, provider, faults } of [
    {
      language: "Node",
      command: ["node", `${RUNNERS}runner.mjs`],
      provider: "openai",
      faults: NODE_FAULTS,
    },
    {
      language: "Python",
      command: ["python3", `${RUNNERS}runner.py`],
      provider: "googleai",
      faults: PYTHON_FAULTS,
    },
  ] as const
) {
  Deno.test(`conformance: a runner in ${language} keeps to all but the additions`, async () => {
    const report = await look(command, provider);
    assert.deepEqual(failures(report, true), []);
    const absent = report.results.filter(({ outcome }) => outcome === "not applicable");
    assert.deepEqual(new Set(absent.map(({ level }) => level)), new Set(["MAY"]));
  });

  Deno.test(`conformance: each fault planted in ${language} is found, and no other`, async (t) => {
    await inParallel(Object.entries(faults), 3, (entry) => {
      const [fault, broken] = entry;
      return t.step({
        name: `${fault} breaks ${broken.join(", ")}`,
        sanitizeOps: false,
        sanitizeResources: false,
        sanitizeExit: false,
        async fn() {
          const report = await look(command, provider, { FAULT: fault }, PLAIN_RULES);
          const found = failures(report, true);
          assert.deepEqual(
            found.map(({ id }) => id),
            broken,
            found.map(({ id, message }) => `${id}: ${message}`).join("\n"),
          );
        },
      });
    });
  });
}

Deno.test("conformance: every rule but the additions has a fault that breaks it", () => {
  const broken = new Set([...Object.values(NODE_FAULTS), ...Object.values(PYTHON_FAULTS)].flat());
  const untested = RULES.filter(({ id, level }) => level !== "MAY" && !broken.has(id));
  // The first two are broken by a runner that serves nothing: the test below.
  assert.deepEqual(untested.map(({ id }) => id), ["C-START-01", "C-TREE-01", "C-HTTP-01"]);
});

Deno.test("conformance: a runner that ends at once breaks all, and its output is shown", async () => {
  const report = await look(["node", "-e", "console.error('no such luck'); process.exit(7)"]);
  const passed = report.results.filter(({ outcome }) => outcome === "pass");
  // To end is a good way not to be ready where nothing can be served.
  assert.deepEqual(passed.map(({ id }) => id), ["C-PROBE-03"]);
  assert.match(report.results[0]!.message, /ended with code 7/);
  assert.match(report.outputs[0]!.output, /no such luck/);
});

Deno.test("conformance: a program that is not there is said", async () => {
  const report = await look(["/no/such/program"]);
  assert.equal(report.results[0]!.outcome, "fail");
  assert.match(report.outputs[0]!.output, /no\/such\/program/);
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
  const port = freePort();
  let child: Deno.ChildProcess | undefined;
  try {
    const report = await runConformance({
      target: { url: `http://127.0.0.1:${port}`, folder: folder.root },
      provider: providerOf("openai"),
      rules: RULES,
      timeout: 20_000,
      grace: 5_000,
      note(text) {
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
});

function look(
  command: readonly string[],
  provider: TestedProvider["type"] = "openai",
  environment: Record<string, string> = {},
  rules = RULES,
) {
  return runConformance({
    target: { command, environment },
    provider: providerOf(provider),
    rules,
    timeout: 20_000,
    grace: 5_000,
    note() {},
  });
}

function providerOf(type: TestedProvider["type"]): TestedProvider {
  return TESTED_PROVIDERS.find((provider) => provider.type === type)!;
}

async function inParallel<T>(
  values: readonly T[],
  lanes: number,
  run: (value: T) => Promise<unknown>,
): Promise<void> {
  const rest = values[Symbol.iterator]();
  const lane = async () => {
    for (const value of rest) await run(value);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}
