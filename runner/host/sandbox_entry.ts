import type { FromSandbox, LoadMessage } from "./sandbox_messages.ts";

/** What a sandbox has of a flow, to load it again after a restart. */
export interface Entry {
  message: LoadMessage;
  /** Whether the process that runs now has it; calls before that are answered 503. */
  loaded: boolean;
  /** Settles with the first answer to the load. */
  settle: (answer: Extract<FromSandbox, { type: "loaded" | "refused" }> | Error) => void;
}

/** Gives the names of the flows that are loaded. */
export function loadedFlows(entries: Iterable<Entry>): string[] {
  const names = [...entries].filter(({ loaded }) => loaded)
    .map(({ message: { definition } }) => definition.name ?? definition.entrypoint);
  return [...new Set(names)];
}
