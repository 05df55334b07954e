/** Something that is wrong with a field of an object. */
export interface Problem {
  /** The field's place in the object, for example `["spec", "flows", 0, "name"]`. */
  path: (string | number)[];
  /** What is and what should be, without the path: `is "get", should be one of GET, POST`. */
  message: string;
}

/** Writes problems as people read them: `spec.method: is "get", should be one of …; spec.url: …`. */
export function showProblems(problems: readonly Problem[]): string {
  return problems.map(({ path, message }) => `${showPath(path)}: ${message}`).join("; ");
}

/** Writes a path as people do: `spec.flows[0].name`; odd keys are quoted: `data["a.b"]`. */
export function showPath(path: Problem["path"]): string {
  return path.map((key, index) => {
    if (typeof key === "number") return `[${key}]`;
    if (!/^[A-Za-z_][\w-]*$/.test(key)) return `[${JSON.stringify(key)}]`;
    return index === 0 ? key : `.${key}`;
  }).join("");
}
