import { ROOT } from "./checkout.ts";

/**
 * Runs `deno bundle` for Deno with code splitting, in the checkout.
 *
 * @throws {Error} where it fails, with the end of what it said.
 */
export async function denoBundle(args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--platform", "deno", "--code-splitting", ...args],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdout: "null",
    stderr: "piped",
  }).output();
  if (success) return;
  throw new Error(`Cannot bundle ${args.at(-1)}: ${new TextDecoder().decode(stderr).slice(-2000)}`);
}
