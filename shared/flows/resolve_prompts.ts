import { isSet } from "../api/local_reference.ts";
import type { PromptFile } from "../contract/bundle.ts";
import { suggestion } from "../nearest.ts";
import { checkPrompts, type PromptFinding } from "./check_prompts.ts";
import { follow, problemOf, type Referrer } from "./follow.ts";
import type { Lookup } from "./lookup.ts";
import type { FlowContent, FlowPlace } from "./resolve.ts";
import type { ResolveProblem } from "./resolve_problem.ts";

/** A flow's prompts. */
export interface ResolvedPrompts {
  /** Empty where there is none. */
  entrypoint: string;
  prompts: PromptFile[];
  problems: ResolveProblem[];
  warnings: ResolveProblem[];
}

/** A prompt with the object and field that hold its source. */
interface FoundPrompt extends PromptFile {
  at: Referrer;
  path: (string | number)[];
}

/**
 * What a prompt may be called: it becomes a file's name. genkit-operator 0.5.0 made `<name>.prompt` a
 * key of a ConfigMap, which has at most 253 characters.
 */
const PROMPT_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,245}$/;

/** Collects a flow's prompts, from references and inline, and checks them together. */
export function resolvePrompts(
  place: FlowPlace,
  content: FlowContent,
  lookup: Lookup,
  needsPrompt = true,
): ResolvedPrompts {
  const problems: ResolveProblem[] = [];
  const found = findPrompts(place, content, lookup, problems);
  const problem = (path: (string | number)[], message: string) => {
    problems.push(problemOf(place.owner, place.namespace, path, message));
  };
  for (const [index, { name, path }] of found.entries()) {
    if (found.findIndex((prompt) => prompt.name === name) < index) {
      problem(place.path, `has two prompts that are called "${name}"`);
    }
    if (!PROMPT_NAME.test(name)) {
      problem(
        // An inline prompt's name stands beside its content.
        path.at(-2) === "prompt" ? path.with(-1, "name") : path,
        `the prompt is called ${JSON.stringify(name)}, ` +
          'should be at most 246 letters, digits, "-", "_" and "."',
      );
    }
  }
  const check = checkPrompts(found);
  const finding = ({ prompt, message, line }: PromptFinding): ResolveProblem => {
    const { at, path } = found.find(({ name }) => name === prompt)!;
    const problem = problemOf(at, place.namespace, path, message);
    return line === undefined ? problem : { ...problem, textLine: line };
  };
  problems.push(...check.problems.map(finding));
  return {
    entrypoint: entrypoint(place, content, found.map(({ name }) => name), problems, needsPrompt),
    prompts: found.map(({ name, source }) => ({ name, source })),
    problems,
    warnings: check.warnings.map(finding),
  };
}

function findPrompts(
  place: FlowPlace,
  content: FlowContent,
  lookup: Lookup,
  problems: ResolveProblem[],
): FoundPrompt[] {
  const referred = (name: string, path: (string | number)[]): FoundPrompt[] => {
    const prompt = follow({
      kind: "Prompt",
      name,
      referrer: place.owner,
      path,
      place,
      lookup,
      problems,
    });
    if (prompt === undefined) return [];
    return [{ name, source: prompt.spec.content, at: prompt, path: ["spec", "content"] }];
  };
  const refs = (content.promptRefs ?? []).flatMap(({ name }, index) =>
    referred(name, [...place.path, "promptRefs", index, "name"])
  );
  const entries = (content.prompts ?? []).flatMap(({ promptRef, prompt }, index) => {
    const path = [...place.path, "prompts", index];
    if (isSet(promptRef)) return referred(promptRef.name, [...path, "promptRef", "name"]);
    if (prompt === undefined) return [];
    const { name, content: source } = prompt;
    return [{ name, source, at: place.owner, path: [...path, "prompt", "content"] }];
  });
  // A prompt that is named twice is one prompt; two of one name differ in their sources.
  const all = [...refs, ...entries];
  return [...new Map(all.map((one) => [JSON.stringify([one.name, one.source]), one])).values()];
}

/** The wanted prompt, else the one with the flow's own name, else the first. */
function entrypoint(
  place: FlowPlace,
  content: FlowContent,
  names: string[],
  problems: ResolveProblem[],
  needsPrompt: boolean,
): string {
  const runnable = names.filter((name) => !name.startsWith("_"));
  const problem = (field: string, message: string) => {
    problems.push(problemOf(place.owner, place.namespace, [...place.path, field], message));
  };
  const wanted = content.entrypoint;
  if (wanted !== undefined) {
    if (!runnable.includes(wanted) && problems.length === 0) {
      problem(
        "entrypoint",
        `is "${wanted}", should be one of the flow's prompts (${
          runnable.join(", ") || "it has none"
        })` +
          suggestion(wanted, runnable),
      );
    }
    return wanted;
  }
  if (runnable.length === 0 && problems.length === 0 && needsPrompt) {
    problem("prompts", "the flow has no prompt to run; add one to promptRefs or prompts");
  }
  return runnable.includes(place.name) ? place.name : runnable[0] ?? "";
}
