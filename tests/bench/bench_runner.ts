import { benchTree, type BenchTreeOptions } from "./bench_tree.ts";
import { type Pinned, pinned } from "./pinned.ts";

/** What each request of the benchmarks sends. */
export const BODY: string = JSON.stringify({ name: "Ann" });

const MOD = new URL("../../mod.ts", import.meta.url).pathname;

/** Starts `genkitd runner` on one core, with a tree of its own. */
export async function startRunner(
  { core, args = [], env, ...tree }: BenchTreeOptions & {
    core: number;
    /** Further flags of `genkitd runner`. */
    args?: string[];
    env?: Record<string, string>;
  },
): Promise<Pinned> {
  const root = await benchTree(tree);
  const runner = await pinned({
    core,
    args: ["run", "-A", MOD, "runner", "--root", root, "--host", "127.0.0.1", "--port", "0"]
      .concat(["--drain-delay", "0", "--log-level", "info", ...args]),
    port: /"ready".*?:(\d+)"/,
    ...env && { env },
  });
  return {
    ...runner,
    async [Symbol.asyncDispose]() {
      await runner[Symbol.asyncDispose]();
      await Deno.remove(root, { recursive: true });
    },
  };
}
