/**
 * `deno task load [minutes]`: finds what a runner with auth, limits and metrics can do, holds 80 % of
 * that, then asks for twice as much for some minutes (10 unless said), with clients that go away at
 * random. The runner is on one core, load and model on the other.
 */
import { ensureSandboxBundle } from "../../tasks/bundle.ts";
import { BODY, startRunner } from "./bench_runner.ts";
import { CALLER_KEY } from "./bench_tree.ts";
import { holdingModel } from "./holding_model.ts";
import { figures, load } from "./load.ts";
import { privateMemory } from "./pinned.ts";
import { type Outcome, pressure, type PressureResult } from "./pressure.ts";
import { slope } from "./slope.ts";

const minutes = Number(Deno.args[0] ?? 10);
const SERVER = 0;
const LOAD = 1;
const PATH = "/flow-0";
/** Milliseconds; a model that takes this long leaves a core room for calls at the same time. */
const MODEL_DELAY = 10;
/** The queue is short: whoever waits in it is answered later than at 80 %. */
const LIMITS = { concurrency: 16, queue: 4, requestsPerSecond: 100_000, burst: 100_000 };
/** The share of clients that go away before they are answered. */
const LEAVING = 0.01;
/** Seconds for which 80 % are held. */
const CALM = 30;
/** Milliseconds between two looks at the memory. */
const LOOK = 2_000;

await ensureSandboxBundle();
// All threads of this very process, which is the load and the model.
await new Deno.Command("taskset", { args: ["-acp", String(LOAD), String(Deno.pid)] }).output();
await using model = await holdingModel(MODEL_DELAY);
await using runner = await startRunner({
  modelUrl: model.url,
  core: SERVER,
  flows: 1,
  tenants: 1,
  limits: LIMITS,
  args: ["--metrics-port", "0"],
});
const { port, pid } = runner;

const capacity = await findCapacity();
console.log(`capacity: ${Math.round(capacity)}/s at ${LIMITS.concurrency} in flight\n`);
const calm = await hold(0.8 * capacity, CALM);
const memory: { minute: number; own: number; sandbox: number }[] = [];
const began = performance.now();
const looking = setInterval(async () => {
  const { own, children } = await privateMemory(pid);
  memory.push({ minute: (performance.now() - began) / 60_000, own, sandbox: children[0] ?? 0 });
}, LOOK);
const hard = await hold(2 * capacity, minutes * 60);
clearInterval(looking);
await model.released();

report("80 %", calm);
report(`200 %, ${minutes} min`, hard);
const [a, b] = [calm, hard].map(({ outcomes }) => quantile(admitted(outcomes), 0.99));
console.log(`p99 of the admitted at 200 % is ${(b! / a!).toFixed(2)} times that at 80 %`);
// What a process needs once, such as optimised code, is no growth.
const settled = memory.filter(({ minute }) => minute > minutes / 4);
for (const part of ["own", "sandbox"] as const) {
  const perMinute = slope(settled.map((at) => [at.minute, at[part]]));
  const [first, last] = [settled[0]![part], settled.at(-1)![part]].map((mib) => mib.toFixed(0));
  const name = part === "own" ? "main" : "sandbox";
  console.log(
    `memory of ${name}: ${perMinute.toFixed(2)} MiB/min (${first} to ${last} MiB in ` +
      `${(minutes * 3 / 4).toFixed(1)} min)`,
  );
}
const times = [...hard.left].filter(([name]) => model.aborted.has(name))
  .map(([name, at]) => model.aborted.get(name)! - at);
const within = times.filter((ms) => ms <= 100).length;
console.log(
  `${times.length} calls upstream aborted after their client left: p50 ` +
    `${quantile(times, 0.5).toFixed(1)} ms, p99 ${quantile(times, 0.99).toFixed(1)} ms, most ` +
    `${quantile(times, 1).toFixed(1)} ms; ${
      (100 * within / times.length).toFixed(2)
    } % within 100 ms`,
);

async function findCapacity(): Promise<number> {
  const headers = { [CALLER_KEY.header]: CALLER_KEY.value };
  const run = (count: number) =>
    load({ port, path: PATH, body: BODY, headers, inFlight: LIMITS.concurrency, count });
  await run(5_000);
  return figures([await run(5_000)]).rate;
}

function hold(rate: number, seconds: number): Promise<PressureResult> {
  return pressure({ port, path: PATH, rate, seconds, leaving: LEAVING });
}

function admitted(outcomes: readonly Outcome[]): number[] {
  return outcomes.filter(({ status }) => status === 200).map(({ ms }) => ms);
}

function report(name: string, { outcomes, unanswered, left }: PressureResult): void {
  const count = (is: (outcome: Outcome) => boolean) => outcomes.filter(is).length;
  const total = outcomes.length + unanswered;
  const times = admitted(outcomes);
  const shed = count(({ status }) => status === 429 || status === 503);
  const told = count(({ status, retryAfter }) => (status === 429 || status === 503) && retryAfter);
  const other = count(({ status }) => ![0, 200, 429, 503].includes(status));
  console.log(
    `${name}: ${total} requests, ${times.length} admitted (p50 ${
      quantile(times, 0.5).toFixed(1)
    } ` +
      `ms, p99 ${quantile(times, 0.99).toFixed(1)} ms), ${
        (100 * shed / total).toFixed(1)
      } % shed ` +
      `(${told} of ${shed} with Retry-After), ${left.size} clients left, ${other} other answers, ` +
      `${unanswered} without an answer`,
  );
}

function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
