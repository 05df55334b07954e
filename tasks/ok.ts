/** `deno task ok`: everything that must hold before a commit; a line a step, output only of failures. */
const ROOT = new URL("../", import.meta.url);

const steps: [string, string[]][] = [
  ["format", ["fmt", "--check"]],
  ["lint", ["lint"]],
  ["type check", ["check", "mod.ts", "cli", "operator", "runner", "shared", "tasks", "tests"]],
  ["doc lint", ["run", "-A", "tasks/doc_lint.ts"]],
  ["generated files", ["run", "-A", "tasks/generate.ts", "--check"]],
  ["tests", ["run", "-A", "tasks/test.ts", ...Deno.args]],
];

let failed = 0;
for (const [name, args] of steps) {
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
  failed++;
  await Deno.stdout.write(stdout);
  await Deno.stdout.write(stderr);
}
Deno.exit(failed > 0 ? 1 : 0);
