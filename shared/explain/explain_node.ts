import type { LintLevel, LintRule } from "../lint/lint_rules.ts";

/** How an object stands: `unknown` for a Secret that only a cluster has, or that may not be read. */
export type NodeState = "found" | "missing" | "invalid" | "unknown";

/** An object, or a part of one, in the tree of what it needs. */
export interface ExplainNode {
  kind: string;
  name: string;
  state: NodeState;
  /** What it is, in a few words: `anthropic/claude-opus-4-7`, `POST https://…`, names of keys. */
  detail?: string;
  /** The Ready condition, where a cluster was asked. */
  ready?: { status: string; reason: string; message: string };
  /** What is wrong with it. */
  findings: { rule: LintRule; level: LintLevel; message: string }[];
  /** The servers whose pods an edit of it replaces, e.g. `Flow "greeter"`. */
  restarts: string[];
  needs: ExplainNode[];
}
