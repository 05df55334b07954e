import { fileURLToPath } from "node:url";
import { countTests } from "../../../tasks/count_tests.ts";
import { requirePrograms } from "./required_programs.ts";

/** The address of the machine inside: API server, mocks and clients are here, pods are beside it. */
export const BRIDGE_ADDRESS = "10.99.0.1";

/** Names the test that a process inside is to run. */
const INSIDE = "GENKITD_ISOLATED_TEST";

/**
 * What is done inside before the test: a bridge for the pods and no route to anywhere else, and a
 * file system for everything temporary that goes away with the namespace. The bridge has an address of
 * its own: else it has that of one of its pods, and when that pod goes, the others' packets go
 * nowhere until they have asked anew, which took 8 to 44 s.
 */
const PREPARE = `set -e
ip link set lo up
ip link add br0 address 02:00:00:00:00:01 type bridge
ip addr add ${BRIDGE_ADDRESS}/16 dev br0
ip link set br0 up
mount -t tmpfs -o mode=755 tmpfs /mnt
exec "$@"`;

/** Options of {@linkcode testIsolated}. */
export interface TestIsolatedOptions {
  /** Done before, outside, where there is a network: fetch or build what the test needs. */
  prepare?: () => Promise<unknown>;
  /** After how many minutes it is killed, so that one that hangs says so; 10 where absent. */
  minutes?: number;
}

/** When the process that starts it is killed, so is what follows. */
const DIES_WITH_PARENT = ["setpriv", "--pdeathsig", "KILL"];

/**
 * Registers a test that runs in network, mount and process namespaces of its own: no packet of it
 * leaves them, and all its processes, mounts and temporary files end with it, however it ends.
 *
 * The file runs twice: outside, where the test makes the namespaces and runs itself inside them,
 * and inside, where `run` is the test.
 */
export function testIsolated(
  meta: { url: string },
  name: string,
  run: (t: Deno.TestContext) => Promise<void>,
  options: TestIsolatedOptions = {},
): void {
  testAllIsolated(meta, name, [{ name, run }], options);
}

/** One of several tests, each in namespaces of its own. */
export interface IsolatedTest {
  name: string;
  run: (t: Deno.TestContext) => Promise<void>;
}

/** Registers tests as {@linkcode testIsolated} does, of which `together` run at once. */
export function testAllIsolated(
  meta: { url: string },
  name: string,
  tests: readonly IsolatedTest[],
  options: TestIsolatedOptions & { together?: number } = {},
): void {
  const inside = Deno.env.get(INSIDE);
  if (inside !== undefined) {
    for (const test of tests) if (test.name === inside) Deno.test(test.name, test.run);
    return;
  }
  Deno.test(name, async (t) => {
    requirePrograms();
    await options.prepare?.();
    if (tests.length === 1) return await runIsolated(meta, tests[0]!.name, options);
    const left = [...tests];
    const lane = async () => {
      for (let test = left.shift(); test !== undefined; test = left.shift()) {
        const { name } = test;
        const fn = () => runIsolated(meta, name, options);
        const sanitize = { sanitizeOps: false, sanitizeResources: false, sanitizeExit: false };
        await t.step({ name, fn, ...sanitize });
      }
    };
    await Promise.all(Array.from({ length: options.together ?? 1 }, lane));
  });
}

/** Runs a test of a file inside; throws an Error with what it printed where it fails. */
async function runIsolated(
  meta: { url: string },
  name: string,
  { minutes = 10 }: TestIsolatedOptions,
): Promise<void> {
  const { code, stdout, stderr } = await new Deno.Command(DIES_WITH_PARENT[0]!, {
    args: [
      ...DIES_WITH_PARENT.slice(1),
      ...["timeout", "--signal=KILL", `${minutes}m`, ...DIES_WITH_PARENT],
      ...["unshare", "--net", "--mount", "--pid", "--mount-proc"],
      ...["--fork", "--kill-child", "sh", "-c", PREPARE, "sh"],
      ...[Deno.execPath(), "test", "-A", "--quiet", "--no-lock", fileURLToPath(meta.url)],
    ],
    env: { [INSIDE]: name, TMPDIR: "/mnt" },
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  const output = text.decode(stdout) + text.decode(stderr);
  const { passed } = countTests(text.decode(stdout));
  if (code !== 0 || passed === 0) {
    throw new Error(`The test failed in its namespace, with exit code ${code}:\n${output}`);
  }
}
