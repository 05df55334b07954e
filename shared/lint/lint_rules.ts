/**
 * How much a finding weighs: an error stands in the way of serving, a warning does not, and a note
 * says what was not looked at.
 */
export type LintLevel = "error" | "warning" | "note";

/** What `genkitd lint` looks for: the rules by id, which stay as they are from release to release. */
export const LINT_RULES = {
  "unreadable-file": { level: "error", summary: "A file cannot be read" },
  "invalid-yaml": { level: "error", summary: "A document is not valid YAML, or not an object" },
  "duplicate-object": { level: "error", summary: "An object is defined twice" },
  "duplicate-flow": { level: "error", summary: "Two servers of one namespace have one name" },
  "invalid-object": { level: "error", summary: "An object does not fit its kind" },
  "missing-reference": { level: "error", summary: "An object that is referred to is not there" },
  "missing-resource": {
    level: "error",
    summary: "A file that an object refers to is not among the resources",
  },
  "invalid-flow": { level: "error", summary: "A flow cannot be served as it is written" },
  "invalid-model": { level: "error", summary: "A model does not go with its PluginConfig" },
  "invalid-tool": { level: "error", summary: "A Tool cannot be run as it is written" },
  "invalid-prompt": {
    level: "error",
    summary: "A prompt's frontmatter, template, helper or partial is wrong",
  },
  "invalid-schema": {
    level: "error",
    summary: "An input or output schema of a prompt or Tool is not valid",
  },
  "invalid-default": {
    level: "error",
    summary: "A default of a prompt's input does not fit the input's schema",
  },
  "invalid-setting": {
    level: "error",
    summary: "A setting of a model has a value that cannot be meant",
  },
  "unsupported-setting": { level: "error", summary: "A setting that the provider does not take" },
  "unknown-provider": { level: "error", summary: "A provider that genkitd does not have" },
  "invalid-provider-settings": {
    level: "error",
    summary: "Settings of a PluginConfig that cannot be used",
  },
  "missing-secret-key": { level: "error", summary: "A Secret of the files lacks a key" },
  "foreign-model": {
    level: "error",
    summary: "A prompt asks for a model that none of the flow's providers has",
  },
  "unknown-tool": {
    level: "error",
    summary: "A prompt asks for a tool that the flow does not have",
  },
  "invalid-dataset": {
    level: "error",
    summary: "A Dataset's source, samples or schema cannot be used",
  },
  "unknown-field": { level: "warning", summary: "A field that the kind does not have" },
  "shadowed-object": { level: "warning", summary: "An object that another source has as well" },
  "incomplete-source": { level: "warning", summary: "A source has something that is passed over" },
  "ignored-setting": { level: "warning", summary: "A setting of a prompt that has no effect" },
  "unknown-variable": {
    level: "warning",
    summary: "A variable of a prompt that its input's schema does not have",
  },
  "misspelled-setting": {
    level: "warning",
    summary: "A setting of a model or provider that looks like a known one",
  },
  "model-not-in-flow": {
    level: "warning",
    summary: "A prompt asks for a model that is none of the flow's Models",
  },
  "circular-flows": { level: "warning", summary: "A flow calls itself through its tools" },
  "no-model": { level: "warning", summary: "A flow has no model" },
  "misspelled-secret": {
    level: "warning",
    summary: "A Secret that is not in the files, and one of nearly that name is",
  },
  "deprecated-model": { level: "warning", summary: "A model whose provider ends it" },
  "unattended-approval": {
    level: "warning",
    summary: "A flow with a schedule has a tool that waits for approval",
  },
  "unused-object": { level: "warning", summary: "An object that nobody refers to" },
  "unused-partial": { level: "warning", summary: "A partial of a flow that no prompt includes" },
  "unbuilt-files": {
    level: "note",
    summary: "Helm or Kustomize makes objects of files, which are passed over",
  },
} as const satisfies Record<string, { level: LintLevel; summary: string }>;

/** The id of a rule. */
export type LintRule = keyof typeof LINT_RULES;
