import type { ServedRoute, ServeReport } from "../runner/serve_report.ts";
import type { Paint } from "./paint.ts";
import { banner, problemLines, reloadLine, routeTable, warningLines } from "./serve_output.ts";

/** Options of {@linkcode textReport}. */
export interface TextReportOptions {
  paths: readonly string[];
  offline: boolean;
  paint: Paint;
  /** Takes a text without its last newline. */
  write: (text: string) => void;
}

/** Tells a person what `serve` does. */
export function textReport({ paths, offline, paint, write }: TextReportOptions): ServeReport {
  let at = "";
  const table = (routes: readonly ServedRoute[]) => {
    if (routes.length > 0) write(`\n${routeTable(routes, at, paint)}\n`);
  };
  return {
    serving(url, routes) {
      at = url;
      write(
        banner({ paths, url, flows: new Set(routes.map(({ flow }) => flow)).size, offline }, paint),
      );
      table(routes);
    },
    reloaded(reload, routes) {
      const line = reloadLine(reload);
      if (line !== "") write(line);
      const touched = [...reload.added, ...reload.changed];
      table(
        routes.filter(({ flow, failed }) =>
          reload.added.includes(flow) || failed !== undefined && touched.includes(flow)
        ),
      );
    },
    problems: (problems, texts) =>
      write(problemLines(problems, { texts, paint, serving: at !== "" })),
    warnings: (warnings, texts) => write(warningLines(warnings, texts, paint)),
    note: write,
  };
}
