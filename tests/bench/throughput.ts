import { BODY } from "./bench_runner.ts";
import { startServers } from "./bench_servers.ts";
import { CALLER_KEY } from "./bench_tree.ts";
import { figures, load, type LoadFigures, type LoadResult } from "./load.ts";
import { cpuTime, type Pinned } from "./pinned.ts";

const IN_FLIGHT = [1, 4, 16, 64];
/** Rounds in which the servers take turns, so that what else the machine does is shared by all. */
const ROUNDS = 6;
/** The requests of a turn, at one in flight and at more. */
const TURN = { one: 500, more: 2_000 };

/** What a turn of a server did. */
interface Turn extends LoadResult {
  /** Milliseconds of CPU that the server used. */
  cpu: number;
}

/** What all turns of a server came to. */
interface Figures extends LoadFigures {
  /** Milliseconds of CPU a request. */
  cpu: number;
}

/**
 * Measures how much the servers of the benchmark do at most before a model that answers at once; gives
 * a Markdown table. CPU time a request tells what something costs whatever else the machine does.
 */
export async function throughput(
  { modelUrl, server: core }: { modelUrl: string; server: number },
): Promise<string> {
  await using started = await startServers({ modelUrl, core });
  const { servers } = started;
  for (const server of servers) await turn(server, 16, 10_000);
  const results = IN_FLIGHT.map(() => servers.map((): Turn[] => []));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [row, inFlight] of IN_FLIGHT.entries()) {
      for (const [column, server] of servers.entries()) {
        const count = inFlight === 1 ? TURN.one : TURN.more;
        results[row]![column]!.push(await turn(server, inFlight, count));
      }
    }
  }
  const rows = results.map((row, index) => tableRow(IN_FLIGHT[index]!, row.map(allFigures)));
  return [
    "| in flight | raw proxy | all off | of proxy | added p50, p99 | auth, limits, metrics: CPU | " +
    "added p50, p99 | and traces: CPU | added p50, p99 |",
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ...rows,
    "",
  ].join("\n");
}

async function turn({ port, pid }: Pinned, inFlight: number, count: number): Promise<Turn> {
  const headers = { [CALLER_KEY.header]: CALLER_KEY.value };
  const before = await cpuTime(pid);
  const result = await load({ port, path: "/flow-0", body: BODY, headers, inFlight, count });
  return { ...result, cpu: await cpuTime(pid) - before };
}

function allFigures(turns: readonly Turn[]): Figures {
  const cpu = turns.reduce((sum, { cpu }) => sum + cpu, 0);
  const requests = turns.reduce((sum, { times }) => sum + times.length, 0);
  return { ...figures(turns), cpu: cpu / requests };
}

function tableRow(inFlight: number, [proxy, off, on, traced]: Figures[]): string {
  const rate = ({ rate }: Figures) => `${Math.round(rate).toLocaleString("en")}/s`;
  const share = (a: number, b: number) => `${Math.round(100 * a / b)} %`;
  const added = ({ p50, p99 }: Figures) =>
    `${(p50 - proxy!.p50).toFixed(2)}, ${(p99 - proxy!.p99).toFixed(2)} ms`;
  const more = ({ cpu }: Figures) => `+${share(cpu - off!.cpu, off!.cpu)}`;
  const cells = [
    inFlight,
    rate(proxy!),
    rate(off!),
    share(off!.rate, proxy!.rate),
    added(off!),
    ...[on!, traced!].flatMap((figures) => [more(figures), added(figures)]),
  ];
  return `| ${cells.join(" | ")} |`;
}
