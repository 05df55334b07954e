import { ToolFailure } from "./tool_failure.ts";

/**
 * Takes the values of a tool's headers out of what its server said, which may have repeated them.
 *
 * @param name Whose failure it is.
 */
export function redacted(
  failure: ToolFailure,
  name: string,
  headers: Readonly<Record<string, string>>,
): ToolFailure {
  const said = failure.said && Object.values(headers)
    .flatMap((value) => [value, ...value.split(/\s+/)])
    .filter((value) => value.length >= 8)
    .reduce((text, value) => text.replaceAll(value, "***"), failure.said);
  return new ToolFailure(name, failure.why, { ...said && { said }, cause: failure.cause });
}
