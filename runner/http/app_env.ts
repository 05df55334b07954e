import type { FlowError } from "../../shared/flow_error.ts";
import type { RequestObservation } from "../telemetry/request_observer.ts";

/** A request's connection. */
export interface Incoming {
  remoteAddress?: string;
  /** Milliseconds without a byte after which it is closed. */
  setTimeout?: (ms: number) => unknown;
}

/** What the handlers of a request share, in Hono's terms. */
export interface AppEnv {
  /** From the server: it is about to end. */
  Bindings: {
    draining?: boolean;
    incoming?: { socket: Incoming };
    /** Who calls is the flow's own schedule, for the time that is due. */
    schedule?: { cron: string; due: string };
  };
  Variables: {
    requestId: string;
    /** The answer carries the request's id: a header that is set later makes a `Headers` of them all. */
    identified?: true;
    /** What telemetry sees of the request; probes are not observed. */
    observation?: RequestObservation;
    /** The flow that the path leads to. */
    flow?: string;
    /** What browsers are told of who may read the answer. */
    cors?: Record<string, string>;
    /** Why the request failed. */
    failure?: FlowError;
    /** For a stream: settles at its end, with why it failed. Never rejects. */
    streamed?: Promise<FlowError | undefined>;
  };
}
