import type { Reload, ServedRoute } from "../runner/serve_report.ts";
import { formatProblem } from "../shared/sources/format_problem.ts";
import type { SourceProblem } from "../shared/sources/source_problem.ts";
import { VERSION } from "../shared/version.ts";
import type { Paint } from "./paint.ts";

/** The lines above the table of routes. */
export function banner(
  { paths, url, flows, offline }: {
    paths: readonly string[];
    url: string;
    flows: number;
    offline: boolean;
  },
  paint: Paint,
): string {
  const what = `${count(flows, "flow")} from ${list(paths)}`;
  const line = `${paint.bold(`genkitd ${VERSION}`)} serves ${what} at ${url}`;
  return offline ? `${line}\nOffline: every model is answered by echo` : line;
}

/** The table of routes: under each one a line to paste, or why it cannot be served. */
export function routeTable(routes: readonly ServedRoute[], url: string, paint: Paint): string {
  const width = (of: (route: ServedRoute) => string) =>
    Math.max(...routes.map((route) => of(route).length));
  const pathWidth = width((route) => route.path);
  const ownerWidth = width((route) => route.owner);
  return routes.map((route) => {
    const path = paint.bold(`POST ${route.path.padEnd(pathWidth)}`);
    const head = `  ${path}   ${route.owner.padEnd(ownerWidth)}   ${route.model}`.trimEnd();
    const below = route.failed === undefined
      ? curl(route, url)
      : paint.red(`failed: ${route.failed}`);
    return `${head}\n    ${below}`;
  }).join("\n");
}

/** A line to paste into a POSIX shell that calls the route. */
export function curl({ path, sampleInput }: ServedRoute, url: string): string {
  const body = JSON.stringify(sampleInput).replaceAll("'", `'\\''`);
  return `curl -d '${body}' ${url}${path}`;
}

/** What a change of the files did; empty where it touched no flow. */
export function reloadLine({ added, changed, removed }: Reload): string {
  const parts = [["changed", changed], ["added", added], ["removed", removed]] as const;
  const said = parts.filter(([, names]) => names.length > 0)
    .map(([verb, names]) => `${verb} ${list(names)}`);
  return said.length === 0 ? "" : `Reloaded: ${said.join("; ")}`;
}

/** Problems with their places, and a last line that says what they mean. */
export function problemLines(
  problems: readonly SourceProblem[],
  { texts, paint, serving }: {
    texts: ReadonlyMap<string, string>;
    paint: Paint;
    /** Whether something was served before. */
    serving: boolean;
  },
): string {
  const lines = placed(problems, texts, paint, paint.red);
  const last = serving ? "; what was served before still is" : "";
  return [...lines, `${count(problems.length, "problem")}${last}`].join("\n");
}

/** Warnings with their places. */
export function warningLines(
  warnings: readonly SourceProblem[],
  texts: ReadonlyMap<string, string>,
  paint: Paint,
): string {
  const named = warnings.map((warning) => ({ ...warning, message: `warning: ${warning.message}` }));
  return placed(named, texts, paint, (text) => text).join("\n");
}

function placed(
  problems: readonly SourceProblem[],
  texts: ReadonlyMap<string, string>,
  paint: Paint,
  first: (text: string) => string,
): string[] {
  return problems.map((problem) => {
    const [line, ...excerpt] = formatProblem(problem, texts.get(problem.file)).split("\n");
    return [first(line!), ...excerpt.map(paint.dim)].join("\n");
  });
}

/** The address at which this machine reaches a server that listens on `host`. */
export function localUrl(host: string, port: number): string {
  const reachable = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return `http://${reachable.includes(":") ? `[${reachable}]` : reachable}:${port}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** Up to five names; of more only how many. */
function list(names: readonly string[]): string {
  if (names.length <= 5) return names.join(", ");
  return `${names.slice(0, 5).join(", ")} and ${names.length - 5} more`;
}
