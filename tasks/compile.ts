/**
 * Makes the program as one file: `deno task compile [--target PLATFORM|all]…`, into
 * dist/bin/PLATFORM/genkitd, from the bundle.
 *
 * `deno compile` puts the code behind denort, Deno's runtime without its tools. It downloads it from
 * dl.deno.land unless DENORT_BIN names one, which is of one platform.
 */
import { ROOT } from "./checkout.ts";
import { compileArguments } from "./compile_arguments.ts";
import { PLATFORMS, readTargets } from "./platforms.ts";
import { ensureProgramBundle } from "./program_bundle.ts";

/**
 * Compiles genkitd for a platform and gives the path of the program.
 *
 * @throws {Error} where it cannot, with what `deno compile` said.
 */
export async function compile(platform: string, env: Record<string, string> = {}): Promise<string> {
  const { folder } = await ensureProgramBundle();
  const output = `${ROOT}dist/bin/${platform}/genkitd`;
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: compileArguments({ bundle: folder, target: PLATFORMS[platform]!, output }),
    env: { NO_COLOR: "1", ...env },
    stdout: "null",
    stderr: "piped",
  }).output();
  if (success) return output;
  const [said = ""] = new TextDecoder().decode(stderr).split("Stack backtrace:");
  throw new Error(
    `Cannot compile genkitd for ${platform}: deno compile needs denort ${Deno.version.deno}, from ` +
      "dl.deno.land or where DENORT_BIN says; it said:\n" + said.trim().slice(-1000),
  );
}

if (import.meta.main) {
  try {
    const targets = readTargets(Deno.args);
    if (targets.length > 1 && Deno.env.get("DENORT_BIN") !== undefined) {
      throw new Error(
        "Cannot compile for several platforms with one DENORT_BIN; name one --target",
      );
    }
    for (const platform of targets) {
      const { size } = await Deno.stat(await compile(platform));
      console.log(`dist/bin/${platform}/genkitd: ${Math.round(size / 1e6)} MB`);
    }
  } catch (error) {
    console.error((error as Error).message);
    Deno.exit(1);
  }
}
