import type { PromptFile } from "../contract/bundle.ts";
import type { ServedTool } from "../flows/flow_server.ts";
import { type FlowContent, type FlowPlace } from "../flows/resolve.ts";
import type { ResolvedModel } from "../flows/resolve_model.ts";
import { parsePromptSource, PromptError, type PromptSource } from "../flows/prompt_source.ts";
import { isSet } from "../api/local_reference.ts";
import { findDeprecation } from "../deprecated_models.ts";
import { suggestion } from "../nearest.ts";
import { passedOver } from "./check_frontmatter.ts";
import { checkPromptModel } from "./check_prompt_model.ts";
import { checkPromptSchemas } from "./check_prompt_schemas.ts";
import { checkSettings } from "./check_settings.ts";
import { checkVariables } from "./check_variables.ts";
import { deprecationMessage } from "./check_models.ts";
import { frontmatterLine } from "../flows/frontmatter_line.ts";
import type { ObjectFinding } from "./lint_finding.ts";
import type { LintRule } from "./lint_rules.ts";
import type { LintScope } from "./lint_scope.ts";
import { asObject } from "./as_object.ts";

/** A prompt of a flow, with the object and field that hold its source. */
export interface PlacedPrompt extends PromptFile {
  object: ObjectFinding["object"];
  path: ObjectFinding["path"];
}

/** Gives the prompts of a flow that there are. */
export function placedPrompts(
  { owner, namespace, path }: FlowPlace,
  { promptRefs = [], prompts = [] }: FlowContent,
  scope: LintScope,
): PlacedPrompt[] {
  const referred = (name: string): PlacedPrompt[] => {
    const found = scope.find("Prompt", namespace, name);
    if (found.outcome !== "found") return [];
    const object = { kind: "Prompt", namespace, name };
    return [{ name, source: found.object.spec.content, object, path: ["spec", "content"] }];
  };
  const object = { kind: owner.kind, namespace, name: owner.metadata.name };
  return [
    ...promptRefs.flatMap(({ name }) => referred(name)),
    ...prompts.flatMap(({ promptRef, prompt }, index): PlacedPrompt[] => {
      if (isSet(promptRef)) return referred(promptRef.name);
      if (prompt === undefined) return [];
      const at = [...path, "prompts", index, "prompt", "content"];
      return [{ name: prompt.name, source: prompt.content, object, path: at }];
    }),
  ];
}

/**
 * Compares what the frontmatter of a flow's prompts asks for with what the flow has: model, settings,
 * tools; and looks at schemas and defaults. Nothing is rendered.
 */
export async function checkFlowPrompts(
  prompts: readonly PlacedPrompt[],
  model: ResolvedModel,
  /** Undefined where not all tools of the flow are known. */
  tools: readonly ServedTool[] | undefined,
): Promise<ObjectFinding[]> {
  const findings: ObjectFinding[] = [];
  for (const { name, source, object, path } of prompts) {
    const parsed = readPrompt(source);
    if (parsed === undefined || name.startsWith("_")) continue;
    const { frontmatter } = parsed;
    const find = (rule: LintRule, at: (string | number)[], message: string) => {
      const textLine = frontmatterLine(source, at);
      findings.push({ rule, object, path, message, ...textLine !== undefined && { textLine } });
    };
    for (const { path, message } of passedOver(frontmatter)) {
      find("ignored-setting", path, message);
    }
    for (const { rule, path, message } of await checkPromptSchemas(frontmatter)) {
      find(rule, path, message);
    }
    for (const { message, line } of await checkVariables(parsed)) {
      findings.push({ rule: "unknown-variable", object, path, message, textLine: line });
    }
    const { use, config, model: wanted } = frontmatter;
    if (Array.isArray(use) && use.length > 0) {
      find("invalid-prompt", ["use"], 'the frontmatter\'s "use" names middleware; there is none');
    }
    if (typeof wanted === "string") {
      const finding = checkPromptModel(wanted, model);
      if (finding !== undefined) {
        find(finding.rule, ["model"], `the frontmatter ${finding.message}`);
      }
      const [provider = "", id = ""] = /^([^/]+)\/(.*)$/s.exec(wanted)?.slice(1) ?? [];
      const end = findDeprecation(provider, id);
      if (end) find("deprecated-model", ["model"], deprecationMessage(id, end));
    }
    const provider = providerOf(wanted, model);
    for (const { rule, key, message } of checkSettings(provider, asObject(config))) {
      find(rule, ["config", key], `the frontmatter's "config.${key}" ${message}`);
    }
    const names = Array.isArray(frontmatter.tools) ? frontmatter.tools.map(String) : [];
    for (const [index, tool] of names.entries()) {
      if (tools === undefined || tools.some((one) => offers(one, tool))) continue;
      const known = tools.map(({ definition }) => String(definition.name));
      const has = known.length === 0 ? "none" : known.map((name) => `"${name}"`).join(", ");
      find(
        "unknown-tool",
        ["tools", index],
        `the frontmatter asks for the tool "${tool}", which the flow does not have${
          suggestion(tool, known)
        }; it has ${has}`,
      );
    }
  }
  return findings;
}

/** The settings are those of the provider that answers: the one of the frontmatter's model. */
function providerOf(wanted: unknown, { plugin }: ResolvedModel): string {
  const own = typeof wanted === "string" ? /^[^/]+(?=\/)/.exec(wanted)?.[0] : undefined;
  const type = plugin?.type.toLowerCase() ?? "";
  return type === "echo" ? type : (own ?? type).toLowerCase();
}

/** Whether a name among a prompt's tools is that of a tool, or of a function of an MCP server. */
function offers({ definition, mcp }: ServedTool, name: string): boolean {
  if (definition.name === name) return true;
  if (mcp === undefined || !name.startsWith(`${definition.name}/`)) return false;
  const { tools = [] } = mcp;
  return tools.length === 0 || tools.includes(name.slice(`${definition.name}/`.length));
}

/** Nothing where the prompt cannot be used: that is said already. */
function readPrompt(source: string): PromptSource | undefined {
  try {
    return parsePromptSource(source);
  } catch (error) {
    if (error instanceof PromptError) return undefined;
    throw error;
  }
}
