import assert from "assert";
import type { Page } from "../pages.ts";
import type { Reader } from "../reader.ts";
import { haveGreeter, measured, NPX, run } from "./actions.ts";

/** Each line of a block is one of the command's `--help`, which the page is made of. */
async function isHelp(text: string, { terminal, world }: Reader): Promise<void> {
  const [, name] = /^genkitd ([a-z]+)/m.exec(text) ?? [];
  assert.ok(name, `a command stands in ${text}`);
  const { output } = await terminal.run(`${world.genkitd} ${name} --help`);
  const known = output.replaceAll(/\s+/g, " ");
  for (const line of text.split("\n")) {
    assert.ok(known.includes(line.trim().replaceAll(/\s+/g, " ")), `${name} --help has ${line}`);
  }
}

const LOGS = {
  instead: {
    because: "the kubelet of the tests has no API for logs",
    see: "tests/e2e/kubelet_test.ts",
  },
};

/** Pages to look things up in. */
export const referencePages: Record<string, Page> = {
  "docs/concepts.md": {
    blocks: {
      "            ┌──>": { shows: "what refers to what" },
      "objects ──>": { shows: "the way of data" },
    },
  },
  "docs/figures.md": {
    commands: {
      [`${NPX} task bench`]: measured("bench", "tests/bench/main.ts"),
      [`${NPX} task load 5`]: measured("load", "tests/e2e/load_test.ts"),
      [`${NPX} task bench:operator`]: measured("bench:operator", "tests/bench/operator.ts"),
      [`${NPX} task bench:roles`]: measured("bench:roles", "tests/bench/roles.ts"),
    },
  },
  "docs/reference/cli.md": {
    commands: {
      "genkitd COMMAND --help": {
        instead: { because: "COMMAND stands for each of them", run: run("genkitd lint --help") },
      },
    },
    blocks: { "genkitd ": { use: isHelp } },
  },
  "docs/reference/flowsource.md": {
    commands: {
      "cosign trusted-root create": {
        instead: { because: "it asks Sigstore", see: "tests/sources/oci_signature_test.ts" },
      },
      "gh attestation trusted-root": {
        instead: { because: "it asks GitHub", see: "tests/sources/oci_signature_test.ts" },
      },
    },
  },
  "docs/troubleshooting.md": {
    commands: {
      "kubectl get genkit -A": {
        before: haveGreeter,
      },
      "kubectl logs": LOGS,
      "kubectl get gfs NAME -o yaml": {
        instead: { because: "NAME is the reader's", run: run("kubectl get gfs -o yaml") },
      },
      "kubectl get … --show-managed-fields": {
        instead: {
          because: "what is left out is the reader's",
          run: run("kubectl get gfl -o yaml --show-managed-fields", /managedFields/),
        },
      },
    },
  },
};
