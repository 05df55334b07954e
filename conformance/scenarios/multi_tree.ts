import { canonicalJson } from "../../shared/contract/canonical_json.ts";
import { flowDir, MANIFEST } from "../../shared/contract/paths.ts";
import type { Surroundings, TreeContent } from "../scenario.ts";
import { flowFiles, type FlowParts, PLAIN } from "./flow_files.ts";

/** A flow of the multi layout; without a word it has the plain prompt, of its own name. */
export interface MultiFlow extends Partial<FlowParts> {
  name: string;
  entrypoint?: string;
}

/** The credential of a flow that has one of its own: no two have the same. */
export function keyOf(flow: string): string {
  return `conformance-key-of-${flow}`;
}

/** The credential of all other flows: a sandbox each would take a runner long. */
const SHARED_KEY = "conformance-key-of-all";

/** Writes a tree of the multi layout. */
export function multiTree(flows: readonly MultiFlow[], surroundings: Surroundings): TreeContent {
  const { root } = surroundings;
  const manifest = {
    flows: flows.map(({ name, entrypoint = name, dir = flowDir(name) }) => ({
      name,
      entrypoint,
      dir: `${root}/${dir}`,
    })),
  };
  const files = flows.flatMap(({ name, ...parts }) =>
    flowFiles({
      dir: flowDir(name),
      prompts: { [name]: PLAIN },
      credential: SHARED_KEY,
      ...parts,
    }, surroundings)
  );
  return { files: new Map([[MANIFEST, canonicalJson(manifest)], ...files]), environment: {} };
}
