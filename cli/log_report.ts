import type { ServeReport } from "../runner/serve_report.ts";
import type { Log } from "../shared/log.ts";

/** Writes what `serve` does to a log, for machines to read. */
export function logReport(log: Log): ServeReport {
  return {
    serving(url, routes) {
      log.info("serving", { url, flows: [...new Set(routes.map(({ flow }) => flow))] });
      for (const { flow, failed } of routes) {
        if (failed !== undefined) log.warn("flow failed", { flow, reason: failed });
      }
    },
    reloaded: (reload) => log.info("reloaded", { ...reload }),
    warnings(warnings) {
      for (const { message, ...place } of warnings) log.warn(message, place);
    },
    problems(problems) {
      for (const { message, ...place } of problems) log.error(message, place);
    },
    note: (message) => log.info(message),
  };
}
