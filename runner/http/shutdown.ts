import { type Clock, systemClock } from "../../shared/clock.ts";

/** The signals that tell a process to end, with the exit code of a process that they end. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** A signal that tells a process to end. */
export type EndSignal = keyof typeof EXIT_CODES;

/** Where signals come from; Deno itself outside of tests. */
export interface SignalSource {
  addSignalListener(signal: EndSignal, listener: () => void): void;
  removeSignalListener(signal: EndSignal, listener: () => void): void;
}

/** Options of {@linkcode runUntilSignal}. */
export interface ShutdownOptions {
  /** Ends the work in good order. */
  drain(signal: EndSignal): Promise<void>;
  /** Ends the process at once. */
  exit(code: number): void;
  signals?: SignalSource;
  clock?: Clock;
}

/**
 * Milliseconds in which further signals are the same word: `deno task` passes on a Ctrl-C that the
 * terminal has given to the whole group of processes already.
 */
const SAME_WORD = 1_000;

/**
 * Waits for SIGTERM or SIGINT and then drains; resolves when that is done. Another signal, a second
 * or more later, ends the process at once, with 128 plus the signal's number.
 */
export async function runUntilSignal(options: ShutdownOptions): Promise<void> {
  const { drain, exit, signals = Deno, clock = systemClock } = options;
  const first = Promise.withResolvers<EndSignal>();
  let told: number | undefined;
  const listeners = (Object.keys(EXIT_CODES) as EndSignal[]).map((signal) => {
    const listener = () => {
      const now = clock.now();
      if (told === undefined) first.resolve(signal);
      else if (now - told >= SAME_WORD) exit(EXIT_CODES[signal]);
      told ??= now;
    };
    signals.addSignalListener(signal, listener);
    return [signal, listener] as const;
  });
  try {
    await drain(await first.promise);
  } finally {
    for (const [signal, listener] of listeners) signals.removeSignalListener(signal, listener);
  }
}
