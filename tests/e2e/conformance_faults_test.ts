import assert from "assert";
import { failures } from "../../conformance/report/report.ts";
import { RULES } from "../../conformance/rules.ts";
import { look, RUNNERS } from "./conformance_look.ts";

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
  "no-inner-links": ["C-TREE-06"],
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
  "text-type": ["C-HTTP-03", "C-HTTP-11"],
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
          // One that never ends need not be waited for as long as one that is slow.
          const patience = fault === "ignores-sigterm" ? { grace: 2_000 } : {};
          const environment = { FAULT: fault };
          const report = await look(command, provider, environment, PLAIN_RULES, patience);
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
