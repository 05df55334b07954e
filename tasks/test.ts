/**
 * `deno task test`: runs the tests, and ends with a line `N passed, N failed`. What is given is
 * passed on to `deno test`.
 */
const child = new Deno.Command(Deno.execPath(), {
  args: ["test", "-A", "--quiet", ...Deno.args.length > 0 ? Deno.args : ["tests"]],
  cwd: new URL("../", import.meta.url),
  stdout: "piped",
  stderr: "inherit",
}).spawn();

let last = "";
for await (const part of child.stdout) {
  await Deno.stdout.write(part);
  last = (last + new TextDecoder().decode(part)).slice(-4096);
}
const { code } = await child.status;

// "ok | 12 passed (3 steps) | 0 failed | 1 ignored (5s)", in colours or not.
// deno-lint-ignore no-control-regex
const plain = last.replace(/\x1b\[[\d;]*m/g, "");
const [, passed = "0", failed = "0"] = /\| (\d+) passed.*?\| (\d+) failed/.exec(plain) ?? [];
if (code === 0 && passed === "0") console.log("No test ran, which counts as a failure");
console.log(`${passed} passed, ${failed} failed`);
Deno.exit(passed === "0" ? code || 1 : code);
