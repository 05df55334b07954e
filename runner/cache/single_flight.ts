/**
 * How a call ended that others wait for: its answer is `kept`, its caller has `gone` before there was
 * one, or what came of it is for its own caller only (`apart`), such as an error.
 */
export type FlightEnd = "kept" | "gone" | "apart";

/** Which calls go on, so that another one that is exactly alike can wait instead of running too. */
export class SingleFlight {
  readonly #running = new Map<string, Promise<FlightEnd>>();

  /** Gives how the call of a key will end, where there is one. Never rejects. */
  find(key: string): Promise<FlightEnd> | undefined {
    return this.#running.get(key);
  }

  /** Makes a call the one of its key, and gives the function that says how it ended. */
  begin(key: string): (end: FlightEnd) => void {
    const { promise, resolve } = Promise.withResolvers<FlightEnd>();
    this.#running.set(key, promise);
    return (end) => {
      this.#running.delete(key);
      resolve(end);
    };
  }
}
