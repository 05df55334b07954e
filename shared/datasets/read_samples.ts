import type { Dataset } from "../api/dataset.ts";

/** Samples that cannot be read. */
export class DatasetError extends Error {}

/** The most that a ConfigMap or another object of Kubernetes can hold, in UTF-16 code units. */
const MAX_LENGTH = 3 * 1024 * 1024;

/**
 * Reads samples: a JSON array (or one object), a JSON value a line, or CSV with a header line,
 * whose rows become objects of texts. What is no text holds the samples themselves, whatever the
 * format.
 *
 * @throws {DatasetError} where the text is not of the format.
 */
export async function readSamples(
  format: Dataset["spec"]["format"],
  given: unknown,
): Promise<unknown[]> {
  if (typeof given !== "string") return samplesOf(given);
  if (given.length > MAX_LENGTH) {
    throw new DatasetError(
      `the samples are ${given.length} characters, should be at most ${MAX_LENGTH}`,
    );
  }
  switch (format) {
    case "json":
      return samplesOf(jsonValue(given, "the samples are"));
    case "jsonl":
      return given.split("\n").flatMap((line, index) =>
        line.trim() === "" ? [] : [jsonValue(line, `line ${index + 1} is`)]
      );
    case "csv":
      return await csvRows(given);
  }
}

/** One object is one sample. */
function samplesOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value === "object" && value !== null) return [value];
  throw new DatasetError(`the samples are ${JSON.stringify(value)}, should be an array`);
}

function jsonValue(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DatasetError(`${what} no JSON: ${(error as Error).message}`);
  }
}

async function csvRows(text: string): Promise<unknown[]> {
  const { parse } = await import("csv-parse/sync");
  try {
    return parse(text, { columns: true, bom: true, skip_empty_lines: true });
  } catch (error) {
    throw new DatasetError(`the samples are no CSV: ${(error as Error).message}`);
  }
}
