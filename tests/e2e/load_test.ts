import assert from "assert";
import { benchTree, CALLER_KEY } from "../bench/bench_tree.ts";
import { type HoldingModel, holdingModel } from "../bench/holding_model.ts";
import { pressure } from "../bench/pressure.ts";
import { systemClock } from "../../shared/clock.ts";
import { type Genkitd, genkitd } from "./genkitd.ts";

const LIMITS = { concurrency: 8, queue: 4 };
/**
 * Milliseconds; so the flow can answer 8 / 0.1 = 80 requests a second at the most, and a busy machine
 * can still send twice as many.
 */
const MODEL_DELAY = 100;
const RATE = 160;
/** Milliseconds after which a call upstream is taken for forgotten. */
const PATIENCE = 60_000;

/** The value of a metric of the flow, as /metrics tells it now. */
async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(url)).text();
  return Number(new RegExp(`^${name}\\{[^}]*"flow-0"[^}]*\\} (\\d+)$`, "m").exec(text)?.[1] ?? 0);
}

/** Resolves when the process, its sandboxes included, works on nothing any more. */
async function untilIdle(metrics: string): Promise<void> {
  const names = ["genkitd_active_requests", "genkitd_limit_running", "genkitd_limit_waiting"];
  while (!(await Promise.all(names.map((name) => metric(metrics, name)))).every((n) => n === 0)) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A name that no other caller has. */
const LEAVER = "gone-0";

/** A caller that goes away once the model has its call; one that is shed asks again. */
async function leaveOnceHeld(url: string, model: HoldingModel): Promise<void> {
  const leave = new AbortController();
  const held = model.holds(LEAVER).then(() => leave.abort());
  while (!leave.signal.aborted) {
    const response = await fetch(url, {
      method: "POST",
      body: JSON.stringify({ name: LEAVER }),
      headers: { [CALLER_KEY.header]: CALLER_KEY.value },
      signal: leave.signal,
    }).catch(() => undefined);
    await response?.body?.cancel();
    // Its load is not what is looked at.
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await held;
}

async function runner(root: string): Promise<Genkitd & { metrics: string }> {
  const server = await genkitd(
    ["runner", "--root", root, "--host", "127.0.0.1", "--port", "0", "--metrics-port", "0"],
    { ready: /"ready".*?"url":"(http:\/\/[\w.:]+:\d+)"/ },
  );
  const [, metrics = ""] = await server.saw(/"metrics":"(http:[^"]*)"/);
  return { ...server, metrics };
}

Deno.test("load: at twice what a flow takes, all are answered, and nothing is left behind", async () => {
  await using model = await holdingModel(MODEL_DELAY);
  const root = await benchTree({ modelUrl: model.url, flows: 1, tenants: 1, limits: LIMITS });
  await using server = await runner(root);

  let mostWaiting = 0;
  let over = false;
  const watch = async () => {
    while (!over) {
      mostWaiting = Math.max(
        mostWaiting,
        await metric(server.metrics, "genkitd_limit_waiting"),
      );
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const watching = watch();
  const [{ outcomes, unanswered, left }] = await Promise.all([
    pressure({
      port: Number(new URL(server.url).port),
      path: "/flow-0",
      rate: RATE,
      seconds: 6,
      leaving: 0.05,
    }),
    leaveOnceHeld(`${server.url}/flow-0`, model),
  ]);
  over = true;
  await watching;

  assert.equal(unanswered, 0);
  const byStatus = Map.groupBy(outcomes, ({ status }) => status);
  assert.deepEqual([...byStatus.keys()].filter((status) => ![0, 200, 503].includes(status)), []);
  const shed = byStatus.get(503) ?? [];
  assert.ok(shed.length > 0 && (byStatus.get(200)?.length ?? 0) > 0);
  assert.ok(shed.every(({ retryAfter }) => retryAfter), "who is shed is told when to come back");
  assert.ok(mostWaiting > 0 && mostWaiting <= LIMITS.queue, `${mostWaiting} waited`);

  // Each call upstream whose caller has gone away is broken off.
  const released = Promise.withResolvers<string>();
  const cancel = systemClock.after(PATIENCE, () => released.resolve("a call is still held"));
  model.released().then(() => released.resolve("all"));
  assert.equal(await released.promise, "all");
  cancel();
  assert.ok(model.aborted.has(LEAVER));
  assert.deepEqual(
    [...model.aborted.keys()].filter((name) => name !== LEAVER && !left.has(name)),
    [],
  );
  await untilIdle(server.metrics);
  await Deno.remove(root, { recursive: true });
});
