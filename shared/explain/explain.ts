import type { Flow } from "../api/flow.ts";
import type { FlowSet } from "../api/flow_set.ts";
import type { KnownObject } from "../api/kinds.ts";
import { isSet } from "../api/local_reference.ts";
import { showPath } from "../api/problem.ts";
import { checkTemplate } from "../flows/check_template.ts";
import { parsePromptSource, PromptError } from "../flows/prompt_source.ts";
import { contents, type FlowContent, type FlowPlace } from "../flows/resolve.ts";
import { suggestion } from "../nearest.ts";
import { placedPrompts } from "../lint/check_flow_prompts.ts";
import type { ObjectFinding } from "../lint/lint_finding.ts";
import { LINT_RULES } from "../lint/lint_rules.ts";
import type { LintScope } from "../lint/lint_scope.ts";
import { ofFlow, type Reference, referencesOf } from "../lint/references.ts";
import { detailOf } from "./detail_of.ts";
import type { ExplainNode } from "./explain_node.ts";
import { restartsIn } from "./restarts.ts";

/** What {@linkcode explain} knows beside the objects. */
export interface ExplainInput {
  scope: LintScope;
  findings: readonly ObjectFinding[];
  /** How a Secret that is not among the objects stands. */
  secretState(namespace: string, name: string): "missing" | "unknown";
  /** The Ready condition of an object, where a cluster was asked. */
  ready?(kind: string, namespace: string, name: string): ExplainNode["ready"];
}

/** Gives the tree of what an object needs. Holds names of Secrets and keys, and no value. */
export function explain(
  { kind, namespace, name }: { kind: string; namespace: string; name: string },
  input: ExplainInput,
): ExplainNode {
  const tree = new Tree(namespace, input);
  return tree.object(kind, name, []);
}

/** These say something of what a reference leads to, and so stand there. */
const OF_TARGET = ["missing-reference", "misspelled-secret"];

class Tree {
  readonly #restarts: Map<string, string[]>;

  constructor(readonly namespace: string, readonly input: ExplainInput) {
    this.#restarts = restartsIn(namespace, input.scope);
  }

  /** @param deep Whether what the object needs is looked at as well. */
  object(kind: string, name: string, above: ObjectFinding[], deep = true): ExplainNode {
    const { scope, ready } = this.input;
    const found = scope.of(kind, this.namespace).find(({ metadata }) => metadata.name === name);
    const invalid = scope.invalidObject(kind, this.namespace, name);
    const own = [...above, ...this.#findings(kind, name)];
    const findings = own.filter(({ rule, path, object }) =>
      above.some((one) => one.path === path) || object.kind !== kind ||
      !OF_TARGET.includes(rule) && !(found && this.#isOfPart(found, path))
    ).map(shown);
    const condition = ready?.(kind, this.namespace, name);
    const base = {
      ...{ kind, name, findings, restarts: this.#restarts.get(`${kind}/${name}`) ?? [] },
      ...condition && { ready: condition },
    };
    if (invalid !== undefined) {
      const problems = invalid.problems.map(({ path, message }) => ({
        rule: "invalid-object" as const,
        level: LINT_RULES["invalid-object"].level,
        message: `${showPath(path)}: ${message}`,
      }));
      return { ...base, state: "invalid", findings: [...problems, ...findings], needs: [] };
    }
    if (found === undefined) return this.#absent(base);
    const state = findings.some(({ level }) => level === "error") ? "invalid" : "found";
    const detail = detailOf(found);
    return { ...base, state, ...detail && { detail }, needs: deep ? this.#needs(found, own) : [] };
  }

  #absent(base: Omit<ExplainNode, "state" | "needs">): ExplainNode {
    const { kind, name, findings } = base;
    const known = this.input.scope.names(kind, this.namespace);
    const state = kind === "ConfigMap"
      ? "unknown"
      : kind === "Secret"
      ? this.input.secretState(this.namespace, name)
      : "missing";
    if (state === "unknown" || findings.length > 0) return { ...base, state, needs: [] };
    const message = `${kind} "${name}" is not found in namespace "${this.namespace}"` +
      suggestion(name, known);
    const finding = { rule: "missing-reference", level: "error", message } as const;
    return { ...base, state, findings: [finding], needs: [] };
  }

  #needs(object: KnownObject, own: ObjectFinding[]): ExplainNode[] {
    if (object.kind === "Flow" || object.kind === "FlowSet") return this.#flows(object, own);
    return referencesOf(object).map((reference) => this.#referred(reference, own));
  }

  #flows(server: Flow | FlowSet, own: ObjectFinding[]): ExplainNode[] {
    const rest = referencesOf(server).filter(({ path }) => path[1] === "env")
      .map((reference) => this.#referred(reference, own));
    const flows = contents(server, this.namespace);
    if (server.kind === "Flow") return [...this.#flow(flows[0]!, own), ...rest];
    const nodes = flows.map((flow): ExplainNode => {
      const needs = this.#flow(flow, own);
      const { path, name } = flow.place;
      const findings = own.filter((finding) =>
        startsWith(finding.path, path) && !OF_TARGET.includes(finding.rule) &&
        finding.path.at(-1) !== "content"
      ).map(shown);
      const state = findings.some(({ level }) => level === "error") ? "invalid" : "found";
      return { kind: "flow", name, state, findings, restarts: [], needs };
    });
    return [...nodes, ...rest];
  }

  #flow(
    { place, content }: { place: FlowPlace; content: FlowContent },
    own: ObjectFinding[],
  ): ExplainNode[] {
    const references = ofFlow(content, place.path);
    const nodes = references.map((reference) => this.#referred(reference, own));
    const prompts = placedPrompts(place, content, this.input.scope);
    const partials = prompts.filter(({ name }) => name.startsWith("_"));
    for (const [index, { kind, name }] of references.entries()) {
      const prompt = prompts.find((one) => kind === "Prompt" && one.name === name);
      if (prompt) nodes[index]!.needs.push(...partialNodes(prompt.source, partials));
    }
    const inline = (content.prompts ?? []).flatMap(({ promptRef, prompt }, index) => {
      if (isSet(promptRef) || prompt === undefined) return [];
      const path = [...place.path, "prompts", index];
      const findings = own.filter((finding) => startsWith(finding.path, path)).map(shown);
      const state = findings.some(({ level }) => level === "error") ? "invalid" : "found";
      const needs = partialNodes(prompt.content, partials);
      const node = { kind: "prompt", name: prompt.name, findings, restarts: [], needs };
      return [{ ...node, state } satisfies ExplainNode];
    });
    return [...nodes, ...inline];
  }

  /** Findings of inline prompts and of a FlowSet's flows stand at those. */
  #isOfPart(object: KnownObject, path: ObjectFinding["path"]): boolean {
    if (object.kind === "FlowSet") return startsWith(path, ["spec", "flows"]);
    return object.kind === "Flow" && startsWith(path, ["spec", "prompts"]) &&
      path.at(-1) === "content";
  }

  #referred({ kind, name, path }: Reference, own: ObjectFinding[]): ExplainNode {
    const above = own.filter((finding) =>
      OF_TARGET.includes(finding.rule) && showPath(finding.path) === showPath(path)
    );
    // What a called Flow needs is its own tree; flows may call each other in a circle.
    return this.object(kind, name, above, kind !== "Flow");
  }

  #findings(kind: string, name: string): ObjectFinding[] {
    return this.input.findings.filter(({ object }) =>
      object.kind === kind && object.name === name && object.namespace === this.namespace
    );
  }
}

function partialNodes(
  source: string,
  partials: readonly { name: string; source: string }[],
  above: readonly string[] = [],
): ExplainNode[] {
  return partialsOf(source).filter((name) => !above.includes(name)).map((name) => {
    const found = partials.find((one) => one.name === `_${name}`);
    return {
      kind: "partial",
      name,
      state: found ? "found" : "missing",
      findings: [],
      restarts: [],
      needs: found ? partialNodes(found.source, partials, [...above, name]) : [],
    };
  });
}

function partialsOf(source: string): string[] {
  try {
    return [...checkTemplate(parsePromptSource(source).template).keys()];
  } catch (error) {
    if (error instanceof PromptError) return [];
    throw error;
  }
}

function shown({ rule, path, message }: ObjectFinding): ExplainNode["findings"][number] {
  return { rule, level: LINT_RULES[rule].level, message: `${showPath(path)}: ${message}` };
}

function startsWith(path: ObjectFinding["path"], start: ObjectFinding["path"]): boolean {
  return start.every((key, index) => path[index] === key);
}
