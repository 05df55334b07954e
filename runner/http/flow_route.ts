import type { Context } from "hono";
import type { Clock } from "../../shared/clock.ts";
import { FlowError } from "../../shared/flow_error.ts";
import type { AppEnv } from "./app_env.ts";
import { callUntil } from "./call_until.ts";
import { CallerGone } from "./caller_gone.ts";
import { errorAnswer } from "./error_answer.ts";
import { openEventStream } from "./event_stream.ts";
import { findRoute } from "./find_route.ts";
import type { FlowGuard } from "../guard/flow_guard.ts";
import type { RouteTable } from "../host/flow_handle.ts";
import type { CallResult } from "../host/sandbox_messages.ts";
import { readJsonBody } from "./json_body.ts";
import { answer, chunkFrame, PROTOCOL_HEADER, readFlowRequest, resultFrame } from "./protocol.ts";
import type { RequestLimits } from "./request_limits.ts";

/** Options of {@linkcode flowRoute}. */
export interface FlowRouteOptions {
  /** Read anew for each request. */
  routes: () => RouteTable;
  guards: (flow: string) => FlowGuard | undefined;
  limits: RequestLimits;
  clock: Clock;
  /** Gives what a caller may see of any failure. */
  toFlowError: (error: unknown, c: Context<AppEnv>) => FlowError;
}

/**
 * Makes the handler of `/:name`: finds the flow, reads the call, and answers it whole or as a stream
 * of events. Failures up to here are HTTP errors; once a stream has begun its status is 200, and
 * failures are its last frame.
 */
export function flowRoute(
  { routes, guards, limits: usual, clock, toFlowError }: FlowRouteOptions,
) {
  return async (c: Context<AppEnv, "/:name">): Promise<Response> => {
    const route = findRoute(routes(), c.req.param("name"), c.req.method);
    c.set("flow", route.flow);
    const prompt = route.handle.prompts.get(route.prompt);
    if (prompt === undefined) {
      throw new Error(`Flow "${route.flow}" has no prompt "${route.prompt}"`);
    }
    const guard = guards(route.flow);
    const limits = { ...usual, ...guard?.limits };
    const caller = await guard?.admit({
      headers: c.req.raw.headers,
      address: c.env?.incoming?.socket.remoteAddress ?? "",
    });
    const body = await readJsonBody(c.req.raw, { limits, clock });
    const { protocol, input } = readFlowRequest(body, {
      asked: c.req.header(PROTOCOL_HEADER),
      inputSchema: prompt.inputSchema,
    });
    const call = { prompt: route.prompt, input, ...caller?.auth && { auth: caller.auth } };
    const end = { gone: c.req.raw.signal, timeout: limits.requestTimeout, clock };
    const leave = await guard?.enter(end.gone);
    const counted = async (run: Promise<CallResult>) => {
      try {
        const result = await run;
        guard?.used((result.usage?.inputTokens ?? 0) + (result.usage?.outputTokens ?? 0));
        return result;
      } finally {
        leave?.();
      }
    };
    if (!wantsStream(c)) {
      return answer(protocol, prompt, await counted(callUntil(route.handle, call, end)));
    }

    const stream = openEventStream();
    const onChunk = (chunk: unknown) => {
      const frame = chunkFrame(chunk);
      return frame && stream.send(frame);
    };
    // The server cancels the stream when its connection ends.
    const gone = stream.cancelled;
    const run = async () => {
      try {
        const result = await counted(
          callUntil(route.handle, { ...call, onChunk }, { ...end, gone }),
        );
        await stream.end(resultFrame(prompt, result));
        return stream.cancelled.aborted ? new CallerGone() : undefined;
      } catch (error) {
        const failure = toFlowError(error, c);
        await stream.end(errorAnswer(failure, c.var.requestId));
        return failure;
      }
    };
    c.set("streamed", run());
    return new Response(stream.body, { headers: STREAM_HEADERS });
  };
}

const STREAM_HEADERS = {
  "content-type": "text/event-stream",
  "cache-control": "no-store",
  // Proxies of nginx's kind would else collect the frames.
  "x-accel-buffering": "no",
};

function wantsStream(c: Context): boolean {
  return c.req.query("stream") === "true" ||
    (c.req.header("accept")?.toLowerCase().includes("text/event-stream") ?? false);
}
