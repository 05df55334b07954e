import assert from "assert";
import { dirname, join } from "node:path";
import { KIND_REASONS } from "../../../operator/kind_reasons.ts";
import { REASONS } from "../../../shared/reason.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;

/** Where each kind's reasons are given, besides by what these files import. */
const FILES: Record<keyof typeof KIND_REASONS, string[]> = {
  PluginConfig: ["operator/controllers/plugin_config_controller.ts"],
  Model: ["operator/controllers/model_controller.ts"],
  Prompt: ["operator/controllers/prompt_controller.ts"],
  Tool: ["operator/controllers/tool_controller.ts"],
  Flow: ["operator/controllers/server_controller.ts", "operator/engine/child_writer.ts"],
  FlowSet: ["operator/controllers/server_controller.ts", "operator/engine/child_writer.ts"],
  Dataset: ["operator/controllers/dataset_controller.ts"],
  Eval: ["operator/controllers/eval_controller.ts", "operator/engine/child_writer.ts"],
  FlowSource: ["operator/sources/flow_sources.ts", "shared/sources/fetcher.ts"],
};

/** What the files of a kind have, and it cannot: a Flow is one flow, so that none is well beside it. */
const NEVER: Partial<Record<string, string[]>> = { Flow: ["FlowsNotReady"] };

/** The files that a file needs to run, of those that know of kinds. */
async function needed(path: string, seen = new Map<string, string>()) {
  if (seen.has(path)) return seen;
  const text = await Deno.readTextFile(join(ROOT, path));
  seen.set(path, text);
  for (const [, what, file] of text.matchAll(/^(import|export) [^;]*?from "(\.[^"]+)";/gm)) {
    if (what === "export") continue;
    const next = join(dirname(path), file!);
    if (/^operator\/(controllers|render|sources)\//.test(next)) await needed(next, seen);
  }
  return seen;
}

for (const [kind, files] of Object.entries(FILES)) {
  Deno.test(`the reasons of ${kind} are those that its code gives`, async () => {
    const texts = new Map<string, string>();
    for (const file of [...files, "operator/engine/reconciler.ts"]) {
      for (const [path, text] of await needed(file)) texts.set(path, text);
    }
    const given = new Set(
      [...texts.values()].flatMap((text) =>
        [...text.matchAll(/(?<!type === )"([A-Z]\w+)"/g)].map(([, word]) => word!)
      ).filter((word) => Object.hasOwn(REASONS, word) && !NEVER[kind]?.includes(word)),
    );
    assert.deepEqual(
      Object.keys(KIND_REASONS[kind as keyof typeof KIND_REASONS]).toSorted(),
      [...given].toSorted(),
    );
  });
}

Deno.test("each reason is one of some kind", () => {
  const all = Object.values(KIND_REASONS).flatMap((reasons) => Object.keys(reasons));
  assert.deepEqual([...new Set(all)].toSorted(), Object.keys(REASONS).toSorted());
});
