/**
 * `deno task test`: runs the tests, and ends with a line `N passed, N failed`. What is given is
 * passed on to one `deno test`. Without that all tests run, in batches beside one another, since
 * much of their time is waiting; what failed is said once more at the end. Exits with 1 where a test
 * failed or none ran.
 */
import { clusterBinaries } from "../tests/cluster/binaries.ts";
import { helmBinary } from "../tests/cluster/helm_binary.ts";
import { ROOT } from "./checkout.ts";
import { countTests } from "./count_tests.ts";
import { failures } from "./failures.ts";
import { ensureProgramBundle } from "./program_bundle.ts";
import { testBatches } from "./test_batches.ts";

/** More than that, and tests that watch the time see a machine that has none. */
const MOST = 3;

/** What one `deno test` did. */
interface Run {
  passed: number;
  failed: number;
  /** What it printed. */
  output: string;
}

const runs = Deno.args.length > 0
  ? [await test(Deno.args, (chunk) => Deno.stdout.writeSync(chunk))]
  : await testAll();
const passed = runs.reduce((sum, run) => sum + run.passed, 0);
const failed = runs.reduce((sum, run) => sum + run.failed, 0);
if (passed === 0) console.log("No test ran, which counts as a failure");
console.log(`${passed} passed, ${failed} failed`);
Deno.exit(passed === 0 || failed > 0 ? 1 : 0);

async function testAll(): Promise<Run[]> {
  // Types are looked at once; each batch would do it again.
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["check", "--quiet", "tests"],
    cwd: ROOT,
  }).spawn().status;
  if (code !== 0) return [{ passed: 0, failed: 1, output: "" }];
  await ensureProgramBundle();
  // To build them takes the whole machine for minutes. Without Go, the tests that want them say so.
  await Promise.allSettled([clusterBinaries(), helmBinary()]);
  const batches = testBatches(await testFiles("tests"));
  const runs: Run[] = [];
  const work = async () => {
    for (let batch = batches.shift(); batch; batch = batches.shift()) {
      const run = await test(["--no-check", ...batch]);
      runs.push(run);
      console.log(run.output);
    }
  };
  await Promise.all(
    Array.from({ length: Math.min(MOST, navigator.hardwareConcurrency) }, work),
  );
  for (const { failed, output } of runs) if (failed > 0) console.log(failures(output));
  return runs;
}

/** Runs `deno test`. One that broke off before its summary has failed, whatever it counted. */
async function test(args: string[], show: (chunk: Uint8Array) => void = () => {}): Promise<Run> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--quiet", ...args],
    cwd: ROOT,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let output = "";
  const read = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      show(chunk);
      output += decoder.decode(chunk, { stream: true });
    }
  };
  const [{ code }] = await Promise.all([child.status, read(child.stdout), read(child.stderr)]);
  const { passed, failed } = countTests(output);
  return { passed, failed: code === 0 ? failed : Math.max(failed, 1), output };
}

async function testFiles(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(`${ROOT}${folder}`)) {
    const path = `${folder}/${name}`;
    if (isDirectory) files.push(...await testFiles(path));
    else if (name.endsWith("_test.ts")) files.push(path);
  }
  return files;
}
