import type { Dataset } from "../../shared/api/dataset.ts";
import { isSet } from "../../shared/api/local_reference.ts";
import type { Controller, Desired, Failure, TrackingReader } from "../engine/controller.ts";
import { checkSamples } from "./check_samples.ts";
import { DatasetError, readSamples } from "./read_samples.ts";
import { accepted } from "./referable_problems.ts";

/** The controller of Datasets: counts the samples and checks them. */
export const datasetController: Controller<Dataset> = {
  kind: "Dataset",
  owns: [],
  async reconcile(dataset, read) {
    const { spec: { source, format, schema } } = dataset;
    const given = [
      source.inline !== undefined,
      isSet(source.configMapRef),
      Boolean(source.uri),
    ].filter(Boolean).length;
    if (given !== 1) {
      return failed(dataset, "invalid", "InvalidSpec", [
        `spec.source: ${given} of inline, configMapRef and uri are set, should be exactly one`,
      ]);
    }
    if (source.uri) {
      const message = `The samples are behind ${source.uri}, which is not looked at`;
      return accepted(message, [], { sampleCount: -1 });
    }
    const found = await samplesText(dataset, read);
    if (typeof found !== "string") return found;
    try {
      const samples = await readSamples(format, found);
      const wrong = schema === undefined ? [] : await checkSamples(samples, schema);
      if (wrong.length === 0) {
        const checked = schema === undefined ? "" : ", all as the schema says";
        return accepted(`${samples.length} samples${checked}`, [], { sampleCount: samples.length });
      }
      return failed(dataset, "invalid", "InvalidSpec", wrong, samples.length);
    } catch (error) {
      if (!(error instanceof DatasetError)) throw error;
      return failed(dataset, "invalid", "InvalidSpec", [error.message]);
    }
  },
};

/** The samples as they are written, or what is wanted where they are not there. */
async function samplesText(
  dataset: Dataset,
  read: TrackingReader,
): Promise<string | Desired> {
  const { metadata: { namespace = "" }, spec: { source, format } } = dataset;
  if (source.inline !== undefined) {
    return typeof source.inline === "string" ? source.inline : JSON.stringify(source.inline);
  }
  const { name } = source.configMapRef!;
  const configMap = await read.configMap(namespace, name);
  const at = "spec.source.configMapRef.name:";
  if (configMap === undefined) {
    return failed(dataset, "blocked", "MissingDependency", [
      `${at} ConfigMap "${name}" is not found in namespace "${namespace}"`,
    ]);
  }
  // genkit-operator takes data.json whatever the format is; the other name is the better one.
  const text = configMap.data["data.json"] ?? configMap.data[`data.${format}`];
  if (text !== undefined) return text;
  const keys = format === "json" ? '"data.json"' : `"data.json" nor "data.${format}"`;
  return failed(dataset, "blocked", "InvalidDependency", [
    `${at} ConfigMap "${name}" has no key ${keys}`,
  ]);
}

function failed(
  { metadata: { name } }: Dataset,
  failure: Failure["failure"],
  reason: Failure["reason"],
  messages: string[],
  sampleCount: number | null = null,
): Desired {
  const failures = messages.map((message) => ({
    failure,
    reason,
    message: `Dataset "${name}": ${message}`,
  }));
  return accepted("", failures, { sampleCount });
}
