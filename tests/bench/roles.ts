/**
 * `deno task bench:roles`: what each role of the bundle weighs, loads, takes to start and holds in
 * memory, one after the other on one core. An operator needs a cluster, so it is on a real API
 * server with nothing to do.
 */
import { startControlPlane } from "../cluster/control_plane.ts";
import { echoFlows } from "../e2e/genkit_tree.ts";
import { shippedBundle } from "../e2e/shipped_bundle.ts";
import { pinned, privateMemory } from "./pinned.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const RUNS = 5;

await using bundle = await shippedBundle();
const { program, env, flags } = bundle.options;
const folder = program.replace(/\/[^/]*$/, "");
const main = await sizeOf(folder);
const sandbox = await sizeOf(`${folder}/sandbox`);
console.log(`The bundle: ${kilobytes(main)} kB, its sandbox ${kilobytes(sandbox)} kB of code\n`);
console.log("role                  start      memory of its own   of its sandboxes");

show("--version", await times(async () => void await bundle.run("--version")));
await using tree = await echoFlows({ one: {}, two: {}, three: {} });
await role(
  "serve, 3 flows",
  ["serve", `${ROOT}examples/assistants.yaml`, "--offline", "--port", "0"],
  /curl -d .* http:\S+:(\d+)\/greeter\n/,
);
await role(
  "runner, 3 flows",
  ["runner", "--root", tree.root, "--host", "127.0.0.1", "--port", "0"],
  /"ready".*"http:\/\/[\w.]+:(\d+)"/,
);
await using plane = await startControlPlane();
await plane.kubectl(["apply", "--server-side", "-f", `${ROOT}deploy/crds`]);
const access = ["--kubeconfig", plane.kubeconfig];
await role(
  "operator, kubeconfig",
  [
    ...["operator", ...access, "--lease-namespace", "default"],
    ...["--health-port", "0", "--metrics-port", "0", "--no-leader-elect"],
  ],
  /"message":"started".*"healthPort":(\d+)/,
);
show("preflight", await times(async () => void await bundle.run("preflight", ...access)));

/** Starts a role several times, and prints its median time and its memory once it is ready. */
async function role(name: string, args: string[], port: RegExp) {
  const memories: { own: number; sandboxes: number }[] = [];
  const taken = await times(async (ready) => {
    await using process = await pinned({
      core: 0,
      args: ["run", ...flags, program, ...args],
      env,
      port,
    });
    ready();
    const { own, children } = await privateMemory(process.pid);
    memories.push({ own, sandboxes: children.reduce((sum, one) => sum + one, 0) });
  });
  show(name, taken, memories.toSorted((a, b) => a.own - b.own)[RUNS >> 1]);
}

/** Milliseconds that it takes until it says ready, or ends; the median of some runs. */
async function times(run: (ready: () => void) => Promise<void>): Promise<number> {
  const taken: number[] = [];
  for (let turn = 0; turn <= RUNS; turn++) {
    const start = performance.now();
    let end: number | undefined;
    await run(() => end = performance.now());
    // The first one fills Deno's cache of compiled code.
    if (turn > 0) taken.push((end ?? performance.now()) - start);
  }
  return taken.sort((a, b) => a - b)[RUNS >> 1]!;
}

function show(name: string, time: number, memory?: { own: number; sandboxes: number }) {
  const size = (mebibytes: number) => `${Math.round(mebibytes)} MiB`.padStart(12);
  const memories = memory ? `${size(memory.own)}       ${size(memory.sandboxes)}` : "";
  console.log(`${name.padEnd(20)}${`${Math.round(time)} ms`.padStart(8)}  ${memories}`);
}

async function sizeOf(folder: string): Promise<number> {
  let size = 0;
  for await (const { name } of Deno.readDir(folder)) {
    if (name.endsWith(".js")) size += (await Deno.stat(`${folder}/${name}`)).size;
  }
  return size;
}

function kilobytes(bytes: number): number {
  return Math.round(bytes / 1000);
}
