import type { ServeReport } from "../runner/serve_report.ts";
import type { Log } from "../shared/log.ts";

/** Writes what `serve` does to a log, for machines to read. */
export function logReport(log: Log): ServeReport {
  return {
    serving(url, routes) {
      log.info("serving", { url, flows: routes.map(({ path }) => path.slice(1)) });
      for (const { path, failed } of routes) {
        if (failed !== undefined) log.warn("flow failed", { flow: path.slice(1), reason: failed });
      }
    },
    reloaded: (reload) => log.info("reloaded", { ...reload }),
    problems(problems) {
      for (const { message, ...place } of problems) log.error(message, place);
    },
    note: (message) => log.info(message),
  };
}
