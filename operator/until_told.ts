/** Gives a signal that is aborted when the process is told to stop (SIGTERM, SIGINT). */
export function untilTold(): AbortSignal {
  const told = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    Deno.addSignalListener(signal, () => told.abort());
  }
  return told.signal;
}
