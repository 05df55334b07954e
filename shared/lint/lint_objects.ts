import type { Eval } from "../api/eval.ts";
import type { Flow } from "../api/flow.ts";
import type { FlowSet } from "../api/flow_set.ts";
import type { KnownObject } from "../api/kinds.ts";
import { checkPrompts } from "../flows/check_prompts.ts";
import { contents, resolve } from "../flows/resolve.ts";
import { resolveModel } from "../flows/resolve_model.ts";
import type { ResolveProblem } from "../flows/resolve_problem.ts";
import { resolveTools } from "../flows/resolve_tools.ts";
import { suggestion } from "../nearest.ts";
import { scheduleFault } from "../schedule_times.ts";
import { checkCircles } from "./check_circles.ts";
import { checkDataset } from "./check_dataset.ts";
import { checkFlowPrompts, type PlacedPrompt, placedPrompts } from "./check_flow_prompts.ts";
import { checkModels } from "./check_models.ts";
import { checkSchedule } from "./check_schedule.ts";
import { checkToolSchemas } from "./check_tool_schemas.ts";
import { checkUse } from "./check_use.ts";
import type { ObjectFinding } from "./lint_finding.ts";
import type { LintRule } from "./lint_rules.ts";
import { type LintScope, namespaceOf } from "./lint_scope.ts";
import { referencesOf } from "./references.ts";

/**
 * Finds everything that is wrong between the valid objects, each thing once. Nothing is rendered, and
 * nobody is asked.
 *
 * @param others Objects of other groups, which may use Secrets too.
 */
export async function lintObjects(
  scope: LintScope,
  others: readonly unknown[] = [],
): Promise<ObjectFinding[]> {
  const findings: ObjectFinding[] = [];
  for (const object of scope.all) {
    findings.push(...checkModels(object, scope));
    if (object.kind === "Flow" || object.kind === "FlowSet") {
      findings.push(...await lintServer(object, scope));
    } else if (object.kind === "Dataset") findings.push(...await checkDataset(object));
    else findings.push(...alone(object, scope));
  }
  findings.push(...sameNames(scope), ...checkCircles(scope), ...checkUse(scope, others));
  return [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()];
}

async function lintServer(server: Flow | FlowSet, scope: LintScope): Promise<ObjectFinding[]> {
  const { unresolved, warnings } = resolve(server, scope);
  const findings = [
    ...unresolved.flatMap(({ problems }) => problems.flatMap(ofResolve)),
    ...warnings.map((warning) => asFinding("ignored-setting", warning)),
  ];
  for (const { place, content } of contents(server, namespaceOf(server))) {
    const prompts = placedPrompts(place, content, scope);
    const { tools, problems } = resolveTools(place, content, scope);
    findings.push(
      ...await checkFlowPrompts(
        prompts,
        resolveModel(place, content, scope),
        problems.length === 0 ? tools : undefined,
      ),
      ...unusedPartials(prompts),
      ...checkSchedule(place, content, tools),
    );
  }
  return findings;
}

/** What resolve says of an object that is not valid is said of that object already. */
function ofResolve(problem: ResolveProblem): ObjectFinding[] {
  if (problem.failure === "invalidDependency") return [];
  return [asFinding(ruleOf(problem), problem)];
}

function asFinding(rule: LintRule, problem: ResolveProblem): ObjectFinding {
  const { object, path, message, textLine } = problem;
  return { rule, object, path, message, ...textLine !== undefined && { textLine } };
}

function promptRule(message: string): LintRule {
  return /^the (input|output) schema is not valid/.test(message)
    ? "invalid-schema"
    : "invalid-prompt";
}

function ruleOf({ failure, object, path, message }: ResolveProblem): LintRule {
  if (failure === "blocked") return "missing-reference";
  if (path.at(-1) === "content") return promptRule(message);
  if (object.kind === "Tool") return "invalid-tool";
  if (object.kind === "Model" || path.includes("modelSpec")) return "invalid-model";
  return object.kind === "PluginConfig" ? "invalid-provider-settings" : "invalid-flow";
}

/** Objects are checked by themselves as well: nobody may use them yet. */
function alone(object: KnownObject, scope: LintScope): ObjectFinding[] {
  const namespace = namespaceOf(object);
  const { name } = object.metadata;
  const place = { owner: object, namespace, path: ["spec"], name };
  switch (object.kind) {
    case "Model":
      return resolveModel(place, { modelRef: { name } }, scope).problems.flatMap(ofResolve);
    case "Tool": {
      // Any FlowSet may have the flow that is called beside this tool.
      const siblings = scope.of("FlowSet", namespace).flatMap((set) =>
        set.kind === "FlowSet" ? set.spec.flows.map(({ name }) => name) : []
      );
      return [
        ...resolveTools({ ...place, siblings }, { tools: [{ name }] }, scope)
          .problems.flatMap(ofResolve),
        ...checkToolSchemas(object),
      ];
    }
    case "Prompt":
      return promptAlone({ name, source: object.spec.content }, place);
    case "Eval":
      return [
        ...evalSchedule(object),
        ...referencesOf(object).flatMap(({ kind, name, path }): ObjectFinding[] => {
          const known = scope.names(kind, namespace);
          if (known.includes(name)) return [];
          const message = `${kind} "${name}" is not found in namespace "${namespace}"` +
            suggestion(name, known);
          const { kind: owner, metadata } = object;
          const of = { kind: owner, namespace, name: metadata.name };
          return [{ rule: "missing-reference", object: of, path, message }];
        }),
      ];
    default:
      return [];
  }
}

/** The times of a CronJob, which knows `@every` besides. */
function evalSchedule(object: Eval): ObjectFinding[] {
  const { kind, metadata: { name }, spec: { schedule } } = object;
  if (!schedule || schedule.startsWith("@every ")) return [];
  const fault = scheduleFault({ cron: schedule });
  if (fault === undefined) return [];
  const of = { kind, namespace: namespaceOf(object), name };
  return [{
    rule: "invalid-object",
    object: of,
    path: ["spec", "schedule"],
    message: fault.message,
  }];
}

/** Which partials there are is the flow's to say. */
function promptAlone(
  file: { name: string; source: string },
  { owner, namespace }: { owner: KnownObject; namespace: string },
): ObjectFinding[] {
  const { problems, warnings } = checkPrompts([file]);
  const object = { kind: owner.kind, namespace, name: file.name };
  const found = (rule: LintRule, { message, line }: { message: string; line?: number }) => ({
    rule,
    object,
    path: ["spec", "content"],
    message,
    ...line !== undefined && { textLine: line },
  });
  return [
    ...problems.filter(({ message }) => !message.includes("includes the partial"))
      .map((problem) => found(promptRule(problem.message), problem)),
    ...warnings.map((warning) => found("ignored-setting", warning)),
  ];
}

/** A partial that is chosen by the input cannot be told. */
function unusedPartials(prompts: readonly PlacedPrompt[]): ObjectFinding[] {
  const sources = prompts.map(({ source }) => source).join("\n");
  if (/\{\{~?#?>\s*\(/.test(sources)) return [];
  return prompts
    .filter(({ name }) => name.startsWith("_"))
    .filter(({ name }) => {
      const escaped = RegExp.escape(name.slice(1));
      return !new RegExp(`\\{\\{~?#?>\\s*["']?${escaped}["'\\s}~]`).test(sources);
    })
    .map(({ name, object, path }) => ({
      rule: "unused-partial" as const,
      object,
      path,
      message: `no prompt of the flow includes the partial "${name.slice(1)}"`,
    }));
}

/** A Flow and a FlowSet of one name want the same Deployment and Service. */
function sameNames(scope: LintScope): ObjectFinding[] {
  return scope.all.filter(({ kind }) => kind === "FlowSet").flatMap((set): ObjectFinding[] => {
    const namespace = namespaceOf(set);
    const { name } = set.metadata;
    if (scope.set.find("Flow", namespace, name).outcome === "missing") return [];
    const message =
      `the Flow "${name}" has this name too, and with it the Deployment and Service ` +
      "of that name; one of the two should have another name";
    const object = { kind: "FlowSet", namespace, name };
    return [{ rule: "duplicate-flow", object, path: ["metadata", "name"], message }];
  });
}
