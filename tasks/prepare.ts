/**
 * Brings a checkout to where its programs run: the packages are in Deno's cache, the sandbox's
 * program is in dist. Quick where nothing is to be done. It imports no package itself.
 */
import { ensureSandboxBundle } from "./bundle.ts";

const STAMP = new URL("../.cache/installed", import.meta.url);

await install();
const { made } = await ensureSandboxBundle();
if (made) console.error("Bundled the sandbox's program into dist/sandbox");

/** Downloads the packages of the lockfile, once for each state of it. */
async function install(): Promise<void> {
  const lock = await Deno.readTextFile(new URL("../deno.lock", import.meta.url));
  const state = `${lock.length} ${Deno.env.get("DENO_DIR") ?? Deno.env.get("HOME") ?? ""}`;
  if (await Deno.readTextFile(STAMP).catch(() => "") === state) return;
  console.error("Downloading the packages of deno.lock, once (about 100 MB) …");
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["install", "--quiet", "--frozen"],
    cwd: new URL("../", import.meta.url),
    env: { NO_COLOR: "1" },
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) {
    console.error(new TextDecoder().decode(stderr));
    console.error("Cannot download the packages: is the npm registry reachable?");
    Deno.exit(1);
  }
  await Deno.mkdir(new URL("./", STAMP), { recursive: true });
  await Deno.writeTextFile(STAMP, state);
}
