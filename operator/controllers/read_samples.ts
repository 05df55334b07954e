import type { Dataset } from "../../shared/api/dataset.ts";

/** Samples that cannot be read. */
export class DatasetError extends Error {}

/** More than an object of Kubernetes can hold. */
const MAX_BYTES = 3 * 1024 * 1024;

/**
 * Reads samples: a JSON array (or one object), a JSON value a line, or CSV with a header line, whose
 * rows become objects of texts.
 *
 * @throws {DatasetError} where the text is not of the format.
 */
export async function readSamples(
  format: Dataset["spec"]["format"],
  text: string,
): Promise<unknown[]> {
  if (text.length > MAX_BYTES) {
    throw new DatasetError(`the samples are ${text.length} bytes, should be at most ${MAX_BYTES}`);
  }
  switch (format) {
    case "json":
      return jsonSamples(text);
    case "jsonl":
      return jsonLines(text);
    case "csv":
      return await csvRows(text);
  }
}

function jsonSamples(text: string): unknown[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new DatasetError(`the samples are no JSON: ${(error as Error).message}`);
  }
  if (Array.isArray(value)) return value;
  if (typeof value === "object" && value !== null) return [value];
  throw new DatasetError(`the samples are ${JSON.stringify(value)}, should be a JSON array`);
}

function jsonLines(text: string): unknown[] {
  // A value that was given as YAML is one sample, or a list of them.
  if (/^\s*\[/.test(text) && !text.trim().includes("\n")) return jsonSamples(text);
  return text.split("\n").flatMap((line, index) => {
    if (line.trim() === "") return [];
    try {
      return [JSON.parse(line)];
    } catch (error) {
      throw new DatasetError(`line ${index + 1} is no JSON: ${(error as Error).message}`);
    }
  });
}

async function csvRows(text: string): Promise<unknown[]> {
  const { parse } = await import("csv-parse/sync");
  try {
    return parse(text, { columns: true, bom: true, skip_empty_lines: true });
  } catch (error) {
    throw new DatasetError(`the samples are no CSV: ${(error as Error).message}`);
  }
}
