import type { Clock } from "../clock.ts";
import { pause } from "../pause.ts";
import { WakeUp } from "../wake_up.ts";
import type { Bucket } from "./bucket.ts";

/** Options of {@linkcode holdLease}. */
export interface LeaseOptions {
  bucket: Bucket;
  key: string;
  /** Who holds it, for people: a host's name and a random part. */
  holder: string;
  /**
   * What only the holder does. Its signal is aborted when the lease is lost, or cannot be renewed; the
   * lease is not given back before its promise has settled. Where it ends by itself, so does the lease;
   * where it fails, this process lets others try, and itself only after `renewEvery`.
   */
  lead(signal: AbortSignal): Promise<void>;
  /** Ends the lease, or the wait for it. */
  signal: AbortSignal;
  clock: Clock;
  /** Gives numbers from 0 to below 1. */
  random?: () => number;
  /** Milliseconds from one renewal to the next, and for one of them at most. Default 10 s. */
  renewEvery?: number;
  /** Told of what befalls it, for the log. */
  observe?(event: LeaseEvent): void;
}

/** What befalls a lease. */
export type LeaseEvent =
  | { type: "elected" | "released" }
  | { type: "lost"; reason: string }
  | { type: "failed"; reason: string };

/**
 * Waits for a lease, leads while it is held, and waits again, until the signal ends that. A lease is a
 * key that goes by itself where it is not renewed: the bucket's time to live must be several times
 * `renewEvery`, so that who cannot renew has stopped long before another one starts.
 */
export async function holdLease(options: LeaseOptions): Promise<void> {
  const { bucket, key, holder, signal, observe, random = Math.random } = options;
  const { renewEvery = 10_000 } = options;
  const value = new TextEncoder().encode(holder);
  let waiting: Waiting | undefined;
  while (!signal.aborted) {
    let revision: number | undefined;
    try {
      revision = await inTime(bucket.create(key, value), renewEvery, options);
    } catch (error) {
      if (signal.aborted) return;
      observe?.({ type: "failed", reason: (error as Error).message });
    }
    const jittered = renewEvery * (0.9 + 0.2 * random());
    if (revision === undefined) {
      await (waiting ??= waitFor(options)).untilFree(jittered);
      continue;
    }
    waiting?.end();
    waiting = undefined;
    if (await lead(options, revision) === "failed") await pause(jittered, options.clock, signal);
  }
}

async function lead(options: LeaseOptions, created: number): Promise<"over" | "failed"> {
  const { bucket, key, holder, signal, clock, observe, renewEvery = 10_000 } = options;
  const value = new TextEncoder().encode(holder);
  const leading = new AbortController();
  const stop = () => leading.abort();
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  observe?.({ type: "elected" });
  let failure: string | undefined;
  // Its end wakes the loop below; a race in each round would leave a trace of each round in it.
  const ended = options.lead(leading.signal).catch((error: Error) => {
    // That it is stopped is no failure.
    if (!leading.signal.aborted) failure = error.message;
  }).then(stop);
  let revision: number | undefined = created;
  let lost: string | undefined;
  while (!leading.signal.aborted) {
    await pause(renewEvery, clock, leading.signal);
    if (leading.signal.aborted) break;
    try {
      revision = await inTime(bucket.update(key, value, revision!), renewEvery, options);
      if (revision === undefined) lost = "another one has it";
    } catch (error) {
      revision = undefined;
      lost = `it cannot be renewed: ${(error as Error).message}`;
    }
    if (revision === undefined && !signal.aborted) {
      observe?.({ type: "lost", reason: lost ?? "" });
      leading.abort();
    }
  }
  leading.abort();
  signal.removeEventListener("abort", stop);
  await ended;
  if (failure !== undefined) observe?.({ type: "lost", reason: failure });
  const outcome = failure === undefined ? "over" : "failed";
  if (revision === undefined) return outcome;
  // Others need not wait for its end. Where this fails, they do.
  await inTime(bucket.delete(key, revision), renewEvery, { ...options, signal: NEVER })
    .then(() => failure ?? observe?.({ type: "released" }), () => {});
  return outcome;
}

const NEVER = new AbortController().signal;

/** The wait for a lease that another one has. */
interface Waiting {
  /** Waits until somebody gives the lease back, or for `ms`, after which its end may have come. */
  untilFree(ms: number): Promise<void>;
  end(): void;
}

/**
 * Watches a lease for as long as it is waited for: NATS keeps each watch for five minutes after its
 * end, so that one a round would be thirty.
 */
function waitFor({ bucket, key, signal, clock }: LeaseOptions): Waiting {
  const over = new AbortController();
  const stop = AbortSignal.any([signal, over.signal]);
  const freed = new WakeUp();
  let watching = false;
  // It may have been given back before the watch began. Asked once: where it is free and yet cannot be
  // taken, nobody is to try in a circle.
  bucket.get(key).then((entry) => entry === undefined && freed.wake(), () => {});
  const watch = async () => {
    watching = true;
    try {
      for await (const change of bucket.watch(key, stop)) {
        if (change.type === "deleted") freed.wake();
      }
    } catch {
      // A watch that fails tells nothing; the next round begins another one.
    }
    watching = false;
  };
  return {
    async untilFree(ms) {
      if (!watching) void watch();
      await freed.pause(ms, clock, stop);
    },
    end: () => over.abort(),
  };
}

/** @throws {Error} where it takes longer than `ms`, or is ended by the signal. */
async function inTime<T>(
  promise: Promise<T>,
  ms: number,
  { clock, signal }: Pick<LeaseOptions, "clock" | "signal">,
): Promise<T> {
  const late = Promise.withResolvers<never>();
  const end = () => late.reject(new Error(`no answer in ${ms / 1000} s`));
  const cancel = clock.after(ms, end);
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted) end();
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    signal.removeEventListener("abort", end);
    cancel();
  }
}
