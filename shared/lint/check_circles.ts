import { MAX_DEPTH } from "../flow_depth.ts";
import { isSet } from "../api/local_reference.ts";
import { contents, type FlowContent, type FlowPlace } from "../flows/resolve.ts";
import type { ObjectFinding } from "./lint_finding.ts";
import { type LintScope, namespaceOf } from "./lint_scope.ts";

/** A flow that another one calls as a tool. */
interface Call {
  /** The called flow, by its key. */
  to: string;
  tool: string;
  /** Where the calling flow names the tool. */
  path: (string | number)[];
}

/** A flow with its calls of others. */
interface Caller {
  place: FlowPlace;
  calls: Call[];
}

/**
 * Finds flows that call themselves as tools, each directly or through other flows: each circle once,
 * at the first of its flows. A model may end it by calling no tool; what goes too deep is refused.
 */
export function checkCircles(scope: LintScope): ObjectFinding[] {
  const callers = new Map<string, Caller>();
  for (const object of scope.all) {
    if (object.kind !== "Flow" && object.kind !== "FlowSet") continue;
    for (const { place, content } of contents(object, namespaceOf(object))) {
      callers.set(keyOf(place), { place, calls: callsOf(place, content, scope) });
    }
  }
  const told = new Set<string>();
  const findings: ObjectFinding[] = [];
  for (const [key, { place, calls }] of callers) {
    for (const { to, tool, path } of calls) {
      const way = wayTo(key, to, callers);
      if (way === undefined) continue;
      const circle = way.toSorted().join("\n");
      if (told.has(circle)) continue;
      told.add(circle);
      const names = [key, ...way].map((each) => callers.get(each)!.place.name);
      const round = way.length === 1 ? "" : ` in a circle: ${names.join(" → ")}`;
      const { kind, metadata: { name } } = place.owner;
      findings.push({
        rule: "circular-flows",
        object: { kind, namespace: place.namespace, name },
        path,
        message:
          `by the Tool "${tool}" the flow calls itself${round}; a model that does not stop ` +
          `is refused after ${MAX_DEPTH} calls`,
      });
    }
  }
  return findings;
}

/** A Flow and a flow of a FlowSet may have one name. */
function keyOf({ owner, namespace, name }: FlowPlace): string {
  return JSON.stringify([owner.kind, namespace, owner.metadata.name, name]);
}

/** The Flow of that name, and where there is none the flow beside this one, as resolve has it. */
function callsOf(place: FlowPlace, content: FlowContent, scope: LintScope): Call[] {
  const { owner, namespace, siblings = [] } = place;
  const field = content.toolRefs?.length ? "toolRefs" : "tools";
  return (content[field] ?? []).flatMap(({ name: tool }, index): Call[] => {
    const found = scope.find("Tool", namespace, tool);
    if (found.outcome !== "found") return [];
    const { flowRef } = found.object.spec.implementation;
    if (!isSet(flowRef)) return [];
    const { name } = flowRef;
    const path = [...place.path, field, index, "name"];
    if (scope.set.find("Flow", namespace, name).outcome === "found") {
      return [{ to: JSON.stringify(["Flow", namespace, name, name]), tool, path }];
    }
    if (!siblings.includes(name)) return [];
    return [{ to: keyOf({ owner, namespace, name, path }), tool, path }];
  });
}

/** The shortest way of calls from one flow to another, both included. */
function wayTo(
  goal: string,
  from: string,
  callers: ReadonlyMap<string, Caller>,
): string[] | undefined {
  const before = new Map<string, string | undefined>([[from, undefined]]);
  for (const key of before.keys()) {
    if (key === goal) {
      const way: string[] = [];
      for (let each: string | undefined = key; each !== undefined; each = before.get(each)) {
        way.unshift(each);
      }
      return way;
    }
    for (const { to } of callers.get(key)?.calls ?? []) if (!before.has(to)) before.set(to, key);
  }
  return undefined;
}
