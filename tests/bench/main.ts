/**
 * `deno task bench`: what the runner costs beside a raw Deno proxy, in one run, the server on one
 * core with a local mock model and the load on the other. Figures of different runs or machines are
 * not comparable, their ratios are.
 */
import { ensureSandboxBundle } from "../../tasks/bundle.ts";
import { BODY, startRunner } from "./bench_runner.ts";
import { latency } from "./latency.ts";
import { load } from "./load.ts";
import { type Pinned, pinned, privateMemory } from "./pinned.ts";
import { throughput } from "./throughput.ts";

const SERVER = 0;
const LOAD = 1;
/** Milliseconds that the slower model takes. Real ones take longer, and so would the benchmark. */
const MODEL_DELAY = 50;
const file = (path: string) => new URL(path, import.meta.url).pathname;

await ensureSandboxBundle();
await using model = await startModel();
await using slowModel = await startModel(MODEL_DELAY);
const modelUrl = urlOf(model);

console.log(`Machine: ${await machine()}; Deno ${Deno.version.deno}; the server on one core\n`);
console.log(await throughput({ modelUrl, server: SERVER }));
const delay = MODEL_DELAY;
console.log(`Before a model that takes ${delay} ms:\n`);
console.log(await latency({ modelUrl: urlOf(slowModel), server: SERVER, delay }));
const place = { modelUrl, core: SERVER };
await startUp();
await memory();

function startModel(delay = 0) {
  const args = ["run", "-A", file("mock_model.ts"), String(delay)];
  return pinned({ core: LOAD, args, port: /^(\d+)$/m });
}

function urlOf({ port }: Pinned): string {
  return `http://127.0.0.1:${port}`;
}

async function startUp() {
  const times: number[] = [];
  for (let run = 0; run < 5; run++) {
    const start = performance.now();
    await using _ = await startRunner({ ...place, flows: 3, tenants: 1 });
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  console.log(`process start to ready, three flows: ${Math.round(times[2]!)} ms (median of 5)`);
}

async function memory() {
  const at = async (flows: number, tenants: number, requests = 0) => {
    await using runner = await startRunner({ ...place, flows, tenants });
    if (requests > 0) {
      await load({ port: runner.port, path: "/flow-0", body: BODY, inFlight: 16, count: requests });
    }
    const { own, children } = await privateMemory(runner.pid);
    return { own, sandboxes: children.reduce((sum, one) => sum + one, 0) };
  };
  const total = ({ own, sandboxes }: { own: number; sandboxes: number }) => own + sandboxes;
  const idle = await at(3, 1);
  const loaded = await at(3, 1, 20_000);
  const manyFlows = await at(103, 1);
  const manyTenants = await at(6, 6);
  const oneTenant = await at(6, 1);
  const show = (mib: number) => `${mib.toFixed(1)} MiB`;
  console.log(
    `private memory, idle: main ${show(idle.own)}, its sandbox ${show(idle.sandboxes)}`,
  );
  console.log(
    `after 20,000 requests: main ${show(loaded.own)}, its sandbox ${show(loaded.sandboxes)}`,
  );
  console.log(`one more flow: ${show((total(manyFlows) - total(idle)) / 100)}`);
  console.log(`one more sandbox: ${show((total(manyTenants) - total(oneTenant)) / 5)}`);
}

async function machine(): Promise<string> {
  const text = await Deno.readTextFile("/proc/cpuinfo");
  const [, name = "unknown"] = /^model name\s*:\s*(.*)$/m.exec(text) ?? [];
  return `${navigator.hardwareConcurrency} cores of ${name}`;
}
