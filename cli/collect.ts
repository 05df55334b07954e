/** Takes a flag that may be repeated: its values in their order. */
export function collect(value: string, before: string[]): string[] {
  return [...before, value];
}
