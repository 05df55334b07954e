/** A key of the frontmatter whose value is passed over, as it is of another type. */
export interface PassedOver {
  path: string[];
  message: string;
}

const TYPES: [path: string[], should: string, fits: (value: unknown) => boolean][] = [
  [["model"], "a text such as provider/model", (value) => typeof value === "string"],
  [["tools"], "a list of names", Array.isArray],
  [["config"], "an object", isMap],
  [["input"], "an object with schema and default", isMap],
  [["input", "default"], "an object", isMap],
  [["output"], "an object with format and schema", isMap],
  [
    ["output", "format"],
    "one of text, json, jsonl, array, enum",
    oneOf("text", "json", "jsonl", "array", "enum"),
  ],
  [["maxTurns"], "a number", (value) => typeof value === "number"],
  [["toolChoice"], "one of auto, required, none", oneOf("auto", "required", "none")],
  [["returnToolRequests"], "true or false", (value) => typeof value === "boolean"],
];

/**
 * Finds the keys of a prompt's frontmatter that the runner passes over, and so says nothing of, since
 * their values are not of the type that it reads.
 */
export function passedOver(frontmatter: Record<string, unknown>): PassedOver[] {
  return TYPES.flatMap(([path, should, fits]) => {
    const value = path.reduce<unknown>((at, key) => isMap(at) ? at[key] : undefined, frontmatter);
    if (value === undefined || value === null || fits(value)) return [];
    const is = isMap(value) ? "an object" : Array.isArray(value) ? "a list" : JSON.stringify(value);
    const message = `the frontmatter's "${path.join(".")}" is ${is}, and so has no effect; ` +
      `it should be ${should}`;
    return [{ path, message }];
  });
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function oneOf(...words: string[]): (value: unknown) => boolean {
  return (value) => words.includes(value as string);
}
