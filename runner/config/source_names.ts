import type { Problem } from "../../shared/api/problem.ts";
import { shownUrl } from "../../shared/sources/git/git_url.ts";
import type { SourceConfig } from "./source_config.ts";

/** Gives the name of each source, and those that have another one's. */
export function sourceNames(
  sources: readonly SourceConfig[],
): { names: string[]; problems: Problem[] } {
  const names = sources.map(nameOf);
  const problems = names.flatMap((name, index): Problem[] => {
    const first = names.indexOf(name);
    if (first === index) return [];
    const message = `is "${name}", as that of sources[${first}]; they should differ`;
    return [{ path: ["sources", index, "name"], message }];
  });
  return { names, problems };
}

function nameOf({ name, git, oci }: SourceConfig): string {
  if (name !== undefined) return name;
  if (git !== undefined) return shownUrl(git.url);
  return oci === undefined ? "filesystem" : oci.url;
}
