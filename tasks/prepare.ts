/**
 * Brings a checkout to where its programs run: the packages are in Deno's cache, the sandbox's
 * program is in dist. Quick where nothing is to be done. It imports no package itself, as that
 * would print a line for each one that is downloaded.
 */
import { ensureSandboxBundle } from "./bundle.ts";

/** Milliseconds. With every package in the cache the installation takes some 20. */
const WORTH_A_LINE = 1_000;

await installPackages();
const { made } = await ensureSandboxBundle();
if (made) console.error("Bundled the sandbox's program into dist/sandbox");

/** Downloads those packages of the lockfile that are not in Deno's cache. */
async function installPackages(): Promise<void> {
  const slow = setTimeout(
    () => console.error("Downloading the packages of deno.lock, once (270 MB on the disk) …"),
    WORTH_A_LINE,
  );
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["install", "--quiet", "--frozen"],
    cwd: new URL("../", import.meta.url),
    env: { NO_COLOR: "1" },
    stdout: "null",
    stderr: "piped",
  }).output();
  clearTimeout(slow);
  if (success) return;
  console.error(new TextDecoder().decode(stderr).trimEnd());
  console.error("Cannot install the packages of deno.lock; they come from the npm registry");
  Deno.exit(1);
}
