import type { Dataset } from "../api/dataset.ts";
import { checkSamples } from "../datasets/check_samples.ts";
import { DatasetError, readSamples } from "../datasets/read_samples.ts";
import { sourceFault } from "../datasets/source_fault.ts";
import { findResource } from "../flows/inline_resources.ts";
import type { ObjectFinding } from "./lint_finding.ts";
import { namespaceOf } from "./lint_scope.ts";

/**
 * Checks where a Dataset has its samples, and those that stand in it, as the operator does. What is
 * behind a ConfigMap or a URI is not looked at.
 */
export async function checkDataset(dataset: Dataset): Promise<ObjectFinding[]> {
  const { kind, metadata: { name }, spec } = dataset;
  // A resource that is not there is found by its own rule.
  if (findResource(spec, ["spec"]) !== undefined) return [];
  const { source, format, schema } = spec;
  const found = (path: string[], message: string): ObjectFinding => ({
    rule: "invalid-dataset",
    object: { kind, namespace: namespaceOf(dataset), name },
    path: ["spec", ...path],
    message,
  });
  const fault = sourceFault(source);
  if (fault !== undefined) return [found(["source"], fault)];
  if (source.inline === undefined) return [];
  try {
    const samples = await readSamples(format, source.inline);
    if (schema === undefined) return [];
    const { wrong } = await checkSamples(samples, schema);
    return wrong.map((message) => found(["source", "inline"], message));
  } catch (error) {
    if (!(error instanceof DatasetError)) throw error;
    return [found(["source", "inline"], error.message)];
  }
}
