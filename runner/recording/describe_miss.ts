import { canonicalJson } from "../../shared/contract/canonical_json.ts";
import type { Asked } from "./exchange.ts";

/** The most characters of a name in a message. */
const MAX_NAME = 64;
/** The most differences in a message. */
const MOST = 3;

/**
 * Says that a recording lacks a request, and in what the nearest one that it has differs: where, and
 * never what, since prompts are in no error.
 */
export function describeMiss(flow: string, asked: Asked, known: readonly Asked[]): string {
  const what = asked.kind === "model"
    ? `model "${asked.provider}/${asked.model}"`
    : `tool "${asked.tool}"`;
  const [nearest] = known.filter(({ kind }) => kind === asked.kind)
    .map((other) => differences(asked, other))
    .sort((a, b) => a.distance - b.distance);
  const why = nearest === undefined
    ? `it has no ${asked.kind === "model" ? "turn of a model" : "call of a tool"} at all`
    : `the nearest one differs in ${listed(nearest.names)}`;
  return `Flow "${flow}": what it asks the ${what} is not in the recording: ${why}; ` +
    "genkitd serve --record adds it";
}

interface Differences {
  names: string[];
  distance: number;
}

function differences(asked: Asked, other: Asked): Differences {
  const found: Differences = { names: [], distance: 0 };
  const differs = (name: string, distance: number) => {
    found.names.push(name.slice(0, MAX_NAME));
    found.distance += distance;
  };
  if (asked.kind === "tool") {
    if (other.kind !== "tool") return found;
    if (asked.tool !== other.tool) differs(`its tool, "${other.tool}"`, 4);
    for (const field of fields(asked.input, other.input)) differs(`input${field}`, 1);
    // The same call, by another flow.
    if (found.names.length === 0) differs("its flow", 1);
    return found;
  }
  if (other.kind !== "model") return found;
  const [model, others] = [asked, other].map(({ provider, model }) => `${provider}/${model}`);
  if (model !== others) differs(`its model, "${others}"`, 4);
  const { messages, ...request } = asked.request;
  const { messages: otherMessages, ...otherRequest } = other.request;
  const length = Math.max(messages.length, otherMessages.length);
  const first = Array.from({ length }).findIndex((_, i) => !same(messages[i], otherMessages[i]));
  if (first >= 0) {
    const role = (messages[first] ?? otherMessages[first])!.role;
    const there = first < messages.length && first < otherMessages.length;
    const name = there
      ? `message ${first + 1} (${role})`
      : `its number of messages, ${otherMessages.length} instead of ${messages.length}`;
    // The later two conversations part, the nearer they are.
    differs(name, 1 + 2 * (length - first) / length);
  }
  for (const name of fields(request, otherRequest)) {
    if (name !== ".config") differs(name.slice(1), 1);
    else for (const key of fields(request.config, otherRequest.config)) differs(`config${key}`, 1);
  }
  return found;
}

/** The fields in which two objects differ, each with a dot before it; one empty name for others. */
function fields(one: unknown, other: unknown): string[] {
  if (!isObject(one) || !isObject(other)) return same(one, other) ? [] : [""];
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].sort()
    .filter((key) => !same(one[key], other[key])).map((key) => `.${key}`);
}

function same(one: unknown, other: unknown): boolean {
  return canonicalJson(one ?? null) === canonicalJson(other ?? null);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function listed(names: readonly string[]): string {
  const more = names.length - MOST;
  return names.slice(0, MOST).join(" and ") + (more > 0 ? ` and ${more} more` : "");
}
