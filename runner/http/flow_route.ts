import type { Context } from "hono";
import type { Clock } from "../../shared/clock.ts";
import { DEPTH_HEADER, flowDepth, MAX_DEPTH } from "../../shared/flow_depth.ts";
import { FlowError } from "../../shared/flow_error.ts";
import { readTimeout, TIMEOUT_HEADER } from "../../shared/request_timeout.ts";
import type { AppEnv, Incoming } from "./app_env.ts";
import { CacheUse } from "./cache_use.ts";
import { CallTokens } from "./call_tokens.ts";
import { callUntil, runUntil } from "./call_until.ts";
import { CallerGone } from "./caller_gone.ts";
import { errorAnswer } from "./error_answer.ts";
import { type EventStream, openEventStream } from "./event_stream.ts";
import { findRoute } from "./find_route.ts";
import type { CacheHit } from "../cache/response_cache.ts";
import type { FlowGuard } from "../guard/flow_guard.ts";
import type { RouteTable } from "../host/flow_handle.ts";
import type { Step } from "../host/step.ts";
import type { CallResult } from "../host/sandbox_messages.ts";
import { readJsonBody } from "./json_body.ts";
import { answer, chunkFrame, PROTOCOL_HEADER, readFlowRequest, resultFrame } from "./protocol.ts";
import type { RequestLimits } from "./request_limits.ts";
import { readResumption } from "./resumption.ts";
import type { RequestObservation } from "../telemetry/request_observer.ts";

/** Options of {@linkcode flowRoute}. */
export interface FlowRouteOptions {
  /** Read anew for each request. */
  routes: () => RouteTable;
  /** A flow that has none is not called; anybody may call all flows where it is absent. */
  guards: ((flow: string) => FlowGuard | undefined) | undefined;
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
    const arrived = clock.now();
    const table = routes();
    const name = c.req.param("name");
    const found = table.routes.get(name);
    const observation = c.get("observation");
    if (found) observation?.routed(found.flow, "prompt" in found ? found.prompt : "");
    const guard = found && guards?.(found.flow);
    const origin = c.req.header("origin") ?? null;
    if (guard?.cors) c.set("cors", guard.cors.headers(origin));
    if (guard?.cors && origin !== null && isPreflight(c)) {
      return new Response(null, { status: 204, headers: guard.cors.preflight(origin) });
    }
    const route = findRoute(table, name, c.req.method);
    c.set("flow", route.flow);
    const prompt = route.handle.prompts.get(route.prompt);
    if (prompt === undefined) {
      throw new Error(`Flow "${route.flow}" has no prompt "${route.prompt}"`);
    }
    if (guards !== undefined && guard === undefined) throw unguarded(route.flow);
    const limits = { ...usual, ...guard?.limits };
    keepOpen(c.env?.incoming?.socket, limits.requestTimeout, usual.requestTimeout);
    const isCached = route.handle.cache !== undefined;
    const caller = c.env?.schedule === undefined
      ? await guard?.admit({
        request: c.req.raw,
        address: c.env?.incoming?.socket.remoteAddress ?? "",
        isCached,
      })
      : guard?.admitSchedule();
    const patience = readTimeout(c.req.header(TIMEOUT_HEADER)) ?? Infinity;
    const hurried = patience < limits.requestTimeout;
    const body = await readJsonBody(c.req.raw, { limits, clock });
    const { protocol, input } = readFlowRequest(body, {
      asked: c.req.header(PROTOCOL_HEADER),
      inputSchema: prompt.inputSchema,
    });
    const tokens = new CallTokens((count) => guard?.used(count));
    const depth = flowDepth(c.req.header(DEPTH_HEADER));
    if (depth > MAX_DEPTH) throw tooDeep(route.flow, depth);
    const resumption = readResumption(input, prompt.inputSchema);
    const asked = {
      prompt: route.prompt,
      input: resumption ? {} : input,
      ...resumption && { resumption },
      ...caller?.auth && { caller: caller.name },
      ...depth > 0 && { depth },
      ...caller?.auth && { auth: caller.auth },
      ...hurried && { hurried },
      ...observation && observed(observation),
      onStep(step: Step, by?: string) {
        observation?.step(step, by);
        if (by === undefined) tokens.step(step);
      },
    };
    // The caller's time began when it called, the flow's when the whole call was there.
    const end = hurried
      ? { gone: c.req.raw.signal, timeout: patience, since: arrived, clock }
      : { gone: c.req.raw.signal, timeout: limits.requestTimeout, since: clock.now(), clock };
    // What a caller decides is done each time, and its answer is nobody else's.
    const cache = resumption ? undefined : route.handle.cache;
    const reuse = cache && new CacheUse(cache, asked, c.req.header("cache-control"));
    const call = reuse ? { ...asked, onStep: reuse.watch(asked.onStep) } : asked;
    const enter = () =>
      guard &&
      (guard.enterNow() ?? runUntil((signal) => guard.enter(signal), end));
    const counted = async (leave: (() => void) | undefined, run: () => Promise<CallResult>) => {
      try {
        const result = await tokens.during(run);
        if (c.env?.schedule && result.pending) throw nobodyToAsk(route.flow, result.pending);
        return result;
      } finally {
        leave?.();
      }
    };
    if (!wantsStream(c)) {
      const run = async () => counted(await enter(), () => callUntil(route.handle, call, end));
      const result = await (reuse ? reuse.answer(run, end) : run());
      if (reuse) observation?.cached(reuse.result);
      c.set("identified", true);
      return answer(protocol, prompt, result, {
        ...reuse?.headers,
        "x-request-id": c.get("requestId"),
      });
    }
    const hit = reuse?.find();
    const leave = hit ? undefined : await enter();
    if (reuse) observation?.cached(reuse.result);

    const stream = openEventStream({ clock });
    const onChunk = (chunk: unknown) => {
      const frame = chunkFrame(chunk);
      if (frame) reuse?.frame(frame);
      return frame && stream.send(frame);
    };
    // The server cancels the stream when its connection ends.
    const gone = stream.cancelled;
    const streamed = { ...call, onChunk };
    const called = async () => {
      const run = () => callUntil(route.handle, streamed, { ...end, gone });
      const result = await counted(leave, run);
      reuse?.keep(result);
      return result;
    };
    const run = async () => {
      try {
        const result = hit ? await sendCached(hit, stream) : await called();
        await stream.end(resultFrame(prompt, result));
        return stream.cancelled.aborted ? new CallerGone() : undefined;
      } catch (error) {
        const failure = toFlowError(error, c);
        await stream.end(errorAnswer(failure, c.get("requestId")));
        return failure;
      }
    };
    c.set("streamed", run());
    return new Response(stream.body, { headers: { ...STREAM_HEADERS, ...reuse?.headers } });
  };
}

/** Sends what the cache has: chunks as they came, or the text as one where it came whole. */
async function sendCached({ frames, result }: CacheHit, stream: EventStream) {
  for (const frame of frames ?? [chunkFrame({ content: [{ text: result.text }] })]) {
    if (frame) await stream.send(frame);
  }
  return result;
}

/** Milliseconds that an answer has after the flow's time is up. */
const MARGIN = 60_000;

/** What a call needs so that it is observed. */
function observed({ trace, traced, recordContent }: RequestObservation) {
  return {
    ...trace && { trace },
    ...traced && { traced },
    ...recordContent && { recordContent },
  };
}

const STREAM_HEADERS = {
  "content-type": "text/event-stream",
  "cache-control": "no-store",
  // Proxies of nginx's kind would else collect the frames.
  "x-accel-buffering": "no",
};

function tooDeep(flow: string, depth: number): FlowError {
  const message =
    `Cannot call the flow "${flow}": flows have called one another ${depth} times to ` +
    `get here, it should be ${MAX_DEPTH} at most`;
  return new FlowError("FAILED_PRECONDITION", message);
}

/** A run by a schedule ends for good: its tools must not wait for who never comes. */
function nobodyToAsk(flow: string, pending: readonly { name: string }[]): FlowError {
  const names = [...new Set(pending.map(({ name }) => `"${name}"`))].join(", ");
  const message = `Cannot run the flow "${flow}" by its schedule: the call of ${names} waits for ` +
    "approval, and nobody is there to give it; a tool of a scheduled flow should need none";
  return new FlowError("FAILED_PRECONDITION", message);
}

/** The flow is about to go: it would be called without what protects it. */
function unguarded(flow: string): FlowError {
  const message = `Cannot serve flow "${flow}": it is changing`;
  return new FlowError("UNAVAILABLE", message, { retryAfter: 1 });
}

/** Keeps a connection for as long as the flow may be silent, where that is longer than usual. */
function keepOpen(socket: Incoming | undefined, timeout: number, usual: number): void {
  if (timeout > usual) socket?.setTimeout?.(timeout + MARGIN);
}

/** A browser asks whether a website may call (the Fetch standard, CORS-preflight request). */
function isPreflight(c: Context): boolean {
  return c.req.method === "OPTIONS" &&
    c.req.header("access-control-request-method") !== undefined;
}

function wantsStream(c: Context): boolean {
  return c.req.query("stream") === "true" ||
    (c.req.header("accept")?.toLowerCase().includes("text/event-stream") ?? false);
}
