import { scheduleFault } from "../schedule_times.ts";
import type { ServedSchedule } from "./flow_server.ts";
import { problemOf } from "./follow.ts";
import type { FlowContent, FlowPlace } from "./resolve.ts";
import { isJsonObject } from "./resolve_model.ts";
import type { ResolveProblem } from "./resolve_problem.ts";

/** A flow's schedule. */
export interface ResolvedSchedule {
  schedule?: ServedSchedule;
  problems: ResolveProblem[];
}

/** Checks when a flow is run without a call, as far as its schema cannot. */
export function resolveSchedule(place: FlowPlace, { schedule }: FlowContent): ResolvedSchedule {
  if (schedule === undefined) return { problems: [] };
  const problems: ResolveProblem[] = [];
  const { cron, timeZone, input } = schedule;
  const problem = (field: string, message: string) => {
    const path = [...place.path, "schedule", field];
    problems.push(problemOf(place.owner, place.namespace, path, message));
  };
  const fault = scheduleFault(schedule);
  if (fault !== undefined) problem(fault.field, fault.message);
  if (input !== undefined && !isJsonObject(input)) {
    problem("input", "should be an object, as the input of a call is");
    return { problems };
  }
  return {
    schedule: {
      cron,
      ...timeZone !== undefined && { timeZone },
      ...input !== undefined && { input },
    },
    problems,
  };
}
