import { freePort } from "./free_port.ts";
import type { MockModel } from "./model/mock_model.ts";
import { onInterrupt } from "./on_interrupt.ts";
import { placeTree } from "./placed_tree.ts";
import { request } from "./request.ts";
import { RuleBroken } from "./rule.ts";
import type { ConformanceOptions } from "./run.ts";
import { runnerEnvironment } from "./runner_environment.ts";
import { describeEnd, type RunnerProcess, startRunner } from "./runner_process.ts";
import type { Scenario } from "./scenario.ts";
import { type Acquaintance, Subject } from "./subject.ts";
import type { ToolServer } from "./tool_server.ts";
import { waitUntil } from "./wait_until.ts";

/** A scenario with its runner, started and awaited. */
export interface Stage extends AsyncDisposable {
  subject: Subject;
  /** Why the runner serves nothing; undefined where it serves. */
  fault: string | undefined;
  /** What the runner has printed; empty where it was started by somebody else. */
  output(): string;
}

/** Options of {@linkcode stageScenario}. */
export interface StageOptions extends Omit<ConformanceOptions, "rules"> {
  model: MockModel;
  tools: ToolServer;
  known: Acquaintance;
}

/**
 * Writes the scenario's tree, starts the runner or asks for it, and waits until it serves.
 *
 * @throws {Error} where the command cannot be started, or the folder is not empty.
 */
export async function stageScenario(scenario: Scenario, options: StageOptions): Promise<Stage> {
  const { target, provider, model, tools, timeout, grace, known } = options;
  const own = !("url" in target);
  const folder = own
    ? await Deno.makeTempDir({ prefix: "genkitd-conformance-" })
    : await emptyFolder(target.folder);
  const root = options.mountPath ?? folder;
  const surroundings = { root, provider, modelUrl: model.url, toolUrl: tools.url };
  const { files, environment } = scenario.content(surroundings);
  const tree = await placeTree(folder, files, scenario.volumes);
  const before = await tree.list();
  let process: RunnerProcess | undefined;
  // Before the runner is started, from when on somebody may interrupt because of what it says.
  const callOff = onInterrupt(() => {
    process?.kill();
    if (own) Deno.removeSync(folder, { recursive: true });
  });
  let url: string;
  if (own) {
    const port = String(freePort("127.0.0.1"));
    url = `http://127.0.0.1:${port}`;
    const fill = (text: string) =>
      text.replaceAll("{root}", folder).replaceAll("{port}", port)
        .replaceAll("{model}", model.url + provider.basePath);
    process = startRunner(target.command.map(fill), {
      ...runnerEnvironment(Deno.env.toObject()),
      ...environment,
      ...Object.fromEntries(
        Object.entries(target.environment).map(([name, value]) => [name, fill(value)]),
      ),
      PORT: port,
      GENKIT_ROOT: folder,
    });
  } else {
    url = target.url;
    options.note(`The tree is in ${folder}. Now start the runner with it, to serve at ${url}`);
  }
  const subject = new Subject({
    url,
    surroundings,
    tree,
    before,
    process,
    model,
    tools,
    timeout,
    grace,
    known,
  });
  const awaited = `${url}/readyz should answer${scenario.servesNothing ? "" : " 200"}`;
  const waiting = `Waiting up to ${timeout / 1000} s (--timeout) for the runner to serve ` +
    `"${scenario.name}": ${awaited}`;
  const tell = setTimeout(() => options.note(waiting), SILENCE);
  const fault = await untilServing(url, scenario, process, timeout)
    .finally(() => clearTimeout(tell));
  known.served ||= fault === undefined && !scenario.servesNothing;
  const dispose = async () => {
    await process?.[Symbol.asyncDispose]();
    callOff();
    if (own) await Deno.remove(folder, { recursive: true });
  };
  const unstarted = process?.unstarted();
  if (own && unstarted !== undefined) {
    await dispose();
    throw new Error(`Cannot start "${target.command[0]}": ${unstarted}`);
  }
  return {
    subject,
    fault,
    output: () => process?.output() ?? "",
    [Symbol.asyncDispose]: dispose,
  };
}

/** Makes a folder where there is none; one with files may be somebody's. */
async function emptyFolder(path: string): Promise<string> {
  await Deno.mkdir(path, { recursive: true });
  const [first] = await Array.fromAsync(Deno.readDir(path));
  if (first === undefined) return Deno.realPath(path);
  throw new Error(
    `Cannot write the tree into "${path}": it has "${first.name}", it should be empty`,
  );
}

/** Milliseconds after which a person who waits is told for what. */
const SILENCE = 1_000;

/** Statuses of /readyz where a runner has no such path. */
const NO_PROBE = [404, 405, 501];

/**
 * Waits until /readyz says so, or anything answers where there is no /readyz or nothing to be ready.
 * Gives why it does not serve. One that answers and is never ready is looked at as it is.
 */
async function untilServing(
  url: string,
  { servesNothing = false }: Scenario,
  process: RunnerProcess | undefined,
  timeout: number,
): Promise<string | undefined> {
  let answered = false;
  await waitUntil(async () => {
    if (process?.end() !== undefined) return true;
    try {
      const { status } = await request(`${url}/readyz`, { timeout: Math.min(timeout, 2_000) });
      answered = true;
      return servesNothing || status === 200 || NO_PROBE.includes(status) ? true : undefined;
    } catch (error) {
      if (!(error instanceof RuleBroken)) throw error;
      return undefined;
    }
  }, timeout);
  const end = process?.end();
  // Where nothing can be served, to end is a good way not to be ready.
  if (servesNothing) return undefined;
  if (end !== undefined) return `the runner ${describeEnd(end)}, it should serve the tree`;
  if (answered) return undefined;
  const should = process === undefined
    ? "a runner should be started there, with the tree"
    : "the runner goes on, it should listen on the port that PORT says";
  return `nothing answers at ${url} after ${timeout / 1000} s: ${should}`;
}
