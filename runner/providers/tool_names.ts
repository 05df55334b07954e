/** The names of a request's tools, as Genkit knows them and as Bedrock takes them. */
export interface ToolNames {
  toWire(name: string): string;
  fromWire(name: string): string;
}

/**
 * Makes names that Bedrock takes (`[a-zA-Z0-9_-]{1,64}`,
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolSpecification.html), as
 * Genkit's may hold dots and slashes and be longer.
 */
export function toolNames(names: readonly string[]): ToolNames {
  const wire = new Map<string, string>();
  const own = new Map<string, string>();
  for (const name of names) {
    const plain = name.replace(/[^\w-]/g, "_").slice(0, 64);
    let free = plain;
    for (let i = 2; own.has(free); i++) free = `${plain.slice(0, 60)}_${i}`;
    wire.set(name, free);
    own.set(free, name);
  }
  return {
    toWire: (name) => wire.get(name) ?? (name.replace(/[^\w-]/g, "_").slice(0, 64) || "_"),
    fromWire: (name) => own.get(name) ?? name,
  };
}
