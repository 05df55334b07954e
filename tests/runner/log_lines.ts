import { createLog, type Log } from "../../shared/log.ts";

/** One line of a log, parsed. */
export type LogLine = Record<string, unknown>;

/** A log that keeps its lines, and lets a test wait for one. */
export interface LogLines {
  readonly log: Log;
  readonly lines: readonly LogLine[];
  /** Resolves with the first line, past or future, that `matches`. */
  find(matches: (line: LogLine) => boolean): Promise<LogLine>;
}

/** Makes a log of all levels that keeps its lines. */
export function logLines(): LogLines {
  const lines: LogLine[] = [];
  const waiting: (() => void)[] = [];
  const log = createLog({
    level: "debug",
    write(line) {
      lines.push(JSON.parse(line));
      for (const wake of waiting.splice(0)) wake();
    },
  });
  return {
    log,
    lines,
    async find(matches) {
      for (;;) {
        const line = lines.find(matches);
        if (line !== undefined) return line;
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },
  };
}
