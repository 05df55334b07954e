import type { Dataset } from "../../shared/api/dataset.ts";
import { showPath } from "../../shared/api/problem.ts";
import { checkSamples } from "../../shared/datasets/check_samples.ts";
import { DatasetError, readSamples } from "../../shared/datasets/read_samples.ts";
import { sourceFault } from "../../shared/datasets/source_fault.ts";
import { findResource } from "../../shared/flows/inline_resources.ts";
import type { Controller, Desired, Failure, TrackingReader } from "../engine/controller.ts";
import { accepted } from "./accepted.ts";

/** The controller of Datasets: counts the samples and checks them. */
export const datasetController: Controller<Dataset> = {
  kind: "Dataset",
  owns: [],
  async reconcile(dataset, read) {
    const { spec: { source, format, schema } } = dataset;
    const resource = findResource(dataset.spec, ["spec"]);
    if (resource !== undefined) {
      const message = `${showPath(resource.path)}: ${resource.message}`;
      return failed(dataset, "invalid", "InvalidSpec", [message]);
    }
    const fault = sourceFault(source);
    if (fault !== undefined) {
      return failed(dataset, "invalid", "InvalidSpec", [`spec.source: ${fault}`]);
    }
    if (source.uri) {
      const message = `The samples are behind ${source.uri}, which is not fetched to count them`;
      return accepted(message, [], { sampleCount: -1 });
    }
    const found = await findSamples(dataset, read);
    if ("children" in found) return found;
    try {
      const samples = await readSamples(format, found.given);
      const status = { sampleCount: samples.length };
      if (schema === undefined) {
        return accepted(`${samples.length} samples ${found.at}`, [], status);
      }
      const { wrong, unchecked = "all as spec.schema says" } = await checkSamples(samples, schema);
      return wrong.length === 0
        ? accepted(`${samples.length} samples ${found.at}; ${unchecked}`, [], status)
        : failed(dataset, "invalid", "InvalidSpec", wrong, samples.length);
    } catch (error) {
      if (!(error instanceof DatasetError)) throw error;
      return failed(dataset, "invalid", "InvalidSpec", [`${found.at}: ${error.message}`]);
    }
  },
};

/** The samples as they are written and where, or what is wanted where they are not there. */
async function findSamples(
  dataset: Dataset,
  read: TrackingReader,
): Promise<{ given: unknown; at: string } | Desired> {
  const { metadata: { namespace = "" }, spec: { source, format } } = dataset;
  if (source.inline !== undefined) return { given: source.inline, at: "in spec.source.inline" };
  const { name } = source.configMapRef!;
  const configMap = await read.configMap(namespace, name);
  const at = "spec.source.configMapRef.name:";
  if (configMap === undefined) {
    return failed(dataset, "blocked", "MissingDependency", [
      `${at} ConfigMap "${name}" is not found in namespace "${namespace}"`,
    ]);
  }
  // genkit-operator takes data.json whatever the format is; the other name is the better one.
  const keys = [...new Set(["data.json", `data.${format}`])];
  const key = keys.find((key) => Object.hasOwn(configMap.data, key));
  if (key !== undefined) {
    return { given: configMap.data[key], at: `in ${key} of ConfigMap "${name}"` };
  }
  return failed(dataset, "blocked", "InvalidDependency", [
    `${at} ConfigMap "${name}" has no key ${keys.map((key) => `"${key}"`).join(" or ")}`,
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
