/**
 * `deno task test`: runs the tests, and ends with a line `N passed, N failed`. What is given is
 * passed on to `deno test`. Exits as that does, and with 1 where no test ran.
 */
import { countTests } from "./count_tests.ts";

const child = new Deno.Command(Deno.execPath(), {
  args: ["test", "-A", "--quiet", ...Deno.args.length > 0 ? Deno.args : ["tests"]],
  cwd: new URL("../", import.meta.url),
  stdout: "piped",
  stderr: "inherit",
}).spawn();

const [shown, read] = child.stdout.tee();
const [output, { code }] = await Promise.all([
  new Response(read).text(),
  child.status,
  shown.pipeTo(Deno.stdout.writable, { preventClose: true }),
]);
const { passed, failed } = countTests(output);
if (code === 0 && passed === 0) console.log("No test ran, which counts as a failure");
// A run that broke off before its summary has failed, whatever it counted.
console.log(`${passed} passed, ${code === 0 ? failed : Math.max(failed, 1)} failed`);
Deno.exit(passed === 0 ? code || 1 : code);
