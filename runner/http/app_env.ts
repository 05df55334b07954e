import type { FlowError } from "../../shared/flow_error.ts";

/** What the handlers of a request share, in Hono's terms. */
export interface AppEnv {
  /** From the server: it is about to end. */
  Bindings: { draining?: boolean; incoming?: { socket: { remoteAddress?: string } } };
  Variables: {
    requestId: string;
    /** The flow that the path leads to. */
    flow?: string;
    /** Why the request failed. */
    failure?: FlowError;
    /** For a stream: settles at its end, with why it failed. Never rejects. */
    streamed?: Promise<FlowError | undefined>;
  };
}
