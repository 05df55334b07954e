/**
 * `deno task ok`: everything that must hold before a commit. Prints a line a step, and the output
 * of those that fail; exits with 1 if any does. What is given is passed on to the tests.
 */
import { failures } from "./failures.ts";

const ROOT = new URL("../", import.meta.url);

const STEPS: [name: string, args: string[]][] = [
  ["format", ["fmt", "--check"]],
  ["lint", ["lint"]],
  ["types", ["check", "."]],
  ["doc comments", ["run", "-A", "tasks/doc_lint.ts"]],
  ["generated files", ["run", "-A", "tasks/generate.ts", "--check"]],
  ["tests", ["run", "-A", "tasks/run_tests.ts", ...Deno.args]],
];

let failed = false;
for (const [name, args] of STEPS) {
  const start = performance.now();
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: ROOT,
    stdout: "piped",
    stderr: "piped",
  }).output();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${success ? "ok    " : "FAILED"} ${name} (${seconds} s)`);
  if (success) continue;
  failed = true;
  for (const output of [stdout, stderr]) console.log(failures(new TextDecoder().decode(output)));
}
Deno.exit(failed ? 1 : 0);
