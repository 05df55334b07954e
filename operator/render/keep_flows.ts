import { canonicalJson } from "../../shared/contract/canonical_json.ts";
import { flowDir, MANIFEST } from "../../shared/contract/paths.ts";
import type { Manifest } from "../../shared/contract/manifest.ts";
import { manifestSchema } from "../../shared/contract/manifest.ts";
import type { ServerContent } from "./server_content.ts";

/**
 * Gives the content with the named flows as `last` had them: a flow that cannot be served any more as
 * its objects say serves on as it was. `kept` are those that `last` had. (Multi layout only.)
 */
export function keepFlows(
  content: ServerContent,
  last: ServerContent,
  flows: readonly string[],
): { content: ServerContent; kept: string[] } {
  const lastEntries = manifest(last).flows;
  const kept = flows.filter((flow) => lastEntries.some(({ name }) => name === flow));
  if (kept.length === 0) return { content, kept };
  const isKept = (path: string) => kept.some((flow) => path.startsWith(`${flowDir(flow)}/`));
  const entries = [
    ...manifest(content).flows,
    ...lastEntries.filter(({ name }) => kept.includes(name)),
  ].sort((a, b) => a.name < b.name ? -1 : 1);
  const files = new Map([...content.files, ...[...last.files].filter(([path]) => isKept(path))]);
  files.set(MANIFEST, canonicalJson({ flows: entries }));
  const secrets = [
    ...content.secrets,
    ...last.secrets.filter(({ directory }) => isKept(directory)),
  ].sort((a, b) => a.directory < b.directory ? -1 : 1);
  return { content: { ...content, files, secrets }, kept };
}

function manifest({ files }: ServerContent): Manifest {
  const text = files.get(MANIFEST);
  const parsed = manifestSchema.safeParse(text === undefined ? undefined : JSON.parse(text));
  return parsed.success ? parsed.data : { flows: [] };
}
