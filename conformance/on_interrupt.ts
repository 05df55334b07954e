/** What a shell says of a process that a signal ended: 128 plus the signal's number. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Runs `clean` where this process is told to end, and ends it then: a runner has a group of processes
 * of its own, which a terminal's Ctrl-C does not reach. Gives what calls that off.
 */
export function onInterrupt(clean: () => void): () => void {
  const listeners = (["SIGINT", "SIGTERM"] as const).map((signal) => {
    const listener = () => {
      clean();
      Deno.exit(EXIT_CODES[signal]);
    };
    Deno.addSignalListener(signal, listener);
    return () => Deno.removeSignalListener(signal, listener);
  });
  return () => listeners.forEach((remove) => remove());
}
