import assert from "assert";
import { gitRepository } from "../sources/git_repository.ts";
import { gitServer } from "../sources/git_server.ts";
import { echoFlow, eventually } from "./echo_flow.ts";
import { genkitd } from "./genkitd.ts";
import { type LoadCall, steadyLoad } from "./steady_load.ts";

const FLOWS = Array.from({ length: 50 }, (_, i) => `flow-${i}`);
const CHANGED = "flow-7";

/** Streams take a while, so that some are always under way. */
const SLOW_ECHO = `apiVersion: genkit.dev/v1alpha1
kind: PluginConfig
metadata: { name: echo }
spec: { type: echo, extraConfig: { echo: { chunkDelayMs: 20 } } }
`;

const textOf = (flow: string, version: number) =>
  `Version ${version} of ${flow} says so in a dozen words, one by one`;

/** The time that 99 of 100 whole answers took at most, in milliseconds. */
function p99(calls: readonly LoadCall[]): number {
  const times = calls.filter(({ streamed }) => !streamed).map(({ begun, ended }) => ended - begun)
    .sort((a, b) => a - b);
  return Math.round(times[Math.floor(times.length * 0.99)]!);
}

Deno.test("serve: under load a push reloads the one flow of 50 that it changed; no request is lost", async () => {
  await using repository = await gitRepository();
  await repository.commit({
    "echo.yaml": SLOW_ECHO,
    ...Object.fromEntries(
      FLOWS.map((flow) => [`flows/${flow}.yaml`, echoFlow(flow, textOf(flow, 0))]),
    ),
  });
  await using git = await gitServer(repository.folder);
  const folder = await Deno.makeTempDir();
  const config = `${folder}/genkitd.yaml`;
  await Deno.writeTextFile(
    config,
    `sources:\n  - git: { url: "${git.url}", interval: 1s }\nlisten: { port: 0 }\n`,
  );
  await using daemon = await genkitd(["serve", "--config", config], {
    ready: /serves .* at (http:\S+)/,
  }).finally(() => Deno.remove(folder, { recursive: true }));
  const load = steadyLoad(daemon.url, FLOWS, { clients: 2 });
  // Of the changed flow a call is always under way.
  const changed = steadyLoad(daemon.url, [CHANGED]);
  const others = (from = 0) => load.calls.slice(from).filter(({ flow }) => flow !== CHANGED);
  await load.more(400);
  const warm = load.calls.length;
  await load.more(800);
  const before = others(warm);
  const from = load.calls.length;
  const times: number[] = [];
  /** From each push until its reload was told. */
  const reloads: { from: number; to: number }[] = [];

  const PUSHES = 4;
  for (let version = 1; version <= PUSHES; version++) {
    const text = textOf(CHANGED, version);
    const reloaded = daemon.says(/Reloaded: .*\n/);
    const served = changed.next((call) => call.text === text);
    await repository.commit({ [`flows/${CHANGED}.yaml`]: echoFlow(CHANGED, text) });
    const pushed = performance.now();
    assert.equal((await reloaded)[0], `Reloaded: changed ${CHANGED}\n`);
    reloads.push({ from: pushed, to: performance.now() });
    times.push(Math.round((await served).begun - pushed));
    // A push soon after another one waits until it is quiet for 2 s; these shall not.
    git.seen();
    let looks = 0;
    await eventually(
      () => Promise.resolve(looks += git.seen().length),
      (looks) => looks >= 4,
    );
  }
  const during = others(from);
  await Promise.all([load.stop(), changed.stop()]);

  const calls = [...load.calls, ...changed.calls];
  assert.deepEqual(calls.filter(({ fault }) => fault !== undefined), [], "no request is lost");
  for (const { flow, text } of calls) {
    if (flow !== CHANGED) assert.equal(text, textOf(flow, 0));
    else assert.match(text!, new RegExp(`^Version [0-${PUSHES}]${textOf(flow, 0).slice(9)}$`));
  }
  for (const { from, to } of reloads) {
    const underWay = load.calls.filter(({ begun, ended }) => begun < to && from < ended);
    assert.ok(underWay.some(({ flow }) => flow !== CHANGED), "others were called meanwhile");
  }
  // What is asked after an answer of the new version never gets an old one.
  const versions = changed.calls.map(({ text, begun, ended }) => ({ text: text!, begun, ended }));
  for (const { text, ended } of versions) {
    const stale = versions.find((later) => later.begun > ended && later.text < text);
    assert.equal(stale, undefined);
  }
  assert.equal(daemon.output().match(/Reloaded/g)?.length, PUSHES);
  console.log(
    `${calls.length} requests; p99 of the other flows: ${p99(before)} ms before the pushes, ` +
      `${p99(during)} ms during; from push to serving: ${times.join(", ")} ms ` +
      `at an interval of 1000 ms, load average ${Deno.loadavg()[0]!.toFixed(1)}`,
  );
});
