import { BODY } from "./bench_runner.ts";
import { startServers } from "./bench_servers.ts";
import { CALLER_KEY } from "./bench_tree.ts";
import { figures, load, type LoadResult } from "./load.ts";
import type { Pinned } from "./pinned.ts";

const IN_FLIGHT = [1, 4, 16, 64];
/** Rounds in which the servers take turns, so that what else the machine does is shared by all. */
const ROUNDS = 3;
/** The requests of a turn: at least so many, and so many of each connection. */
const TURN = { least: 100, each: 40 };

/**
 * Measures what the servers of the benchmark add to the time of a model that takes `delay`
 * milliseconds to answer, as models do: the calls in flight wait for it and not for one another.
 * Gives a Markdown table.
 */
export async function latency(
  { modelUrl, server: core, delay }: { modelUrl: string; server: number; delay: number },
): Promise<string> {
  await using started = await startServers({ modelUrl, core });
  const { servers } = started;
  const turn = ({ port }: Pinned, inFlight: number, count: number): Promise<LoadResult> => {
    const headers = { [CALLER_KEY.header]: CALLER_KEY.value };
    // Else all the calls of a turn would go on together, and wait for one another all the same.
    return load({ port, path: "/flow-0", body: BODY, headers, inFlight, count, spread: delay });
  };
  for (const server of servers) await turn(server, 64, 5_000);
  const results = IN_FLIGHT.map(() => servers.map((): LoadResult[] => []));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [row, inFlight] of IN_FLIGHT.entries()) {
      for (const [column, server] of servers.entries()) {
        const count = Math.max(TURN.least, TURN.each * inFlight);
        results[row]![column]!.push(await turn(server, inFlight, count));
      }
    }
  }
  const rows = results.map((row, index) => tableRow(IN_FLIGHT[index]!, row));
  return [
    "| in flight | raw proxy p50, p99 | all off: added | auth, limits, metrics: added | " +
    "and traces: added |",
    "| --- | ---: | ---: | ---: | ---: |",
    ...rows,
    "",
  ].join("\n");
}

function tableRow(inFlight: number, servers: LoadResult[][]): string {
  const [proxy, ...runners] = servers.map(figures);
  const shown = (p50: number, p99: number) => `${p50.toFixed(2)}, ${p99.toFixed(2)} ms`;
  const cells = [
    inFlight,
    shown(proxy!.p50, proxy!.p99),
    ...runners.map(({ p50, p99 }) => shown(p50 - proxy!.p50, p99 - proxy!.p99)),
  ];
  return `| ${cells.join(" | ")} |`;
}
