import type { RequestObserver } from "../telemetry/request_observer.ts";

/** Has `first` and `second` observe each request; what `first` says of traces and content holds. */
export function observeBoth(first: RequestObserver, second: RequestObserver): RequestObserver {
  return {
    begin(request) {
      const [a, b] = [first.begin(request), second.begin(request)];
      return {
        trace: a.trace,
        traced: a.traced,
        recordContent: a.recordContent,
        routed(flow, prompt) {
          a.routed(flow, prompt);
          b.routed(flow, prompt);
        },
        step(step, flow) {
          a.step(step, flow);
          b.step(step, flow);
        },
        cached(result) {
          a.cached(result);
          b.cached(result);
        },
        end(outcome) {
          a.end(outcome);
          b.end(outcome);
        },
      };
    },
  };
}
