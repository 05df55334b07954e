import { join } from "node:path";

/**
 * Gives Docker's own config.json, from DOCKER_CONFIG or `.docker` in the home folder; undefined where
 * there is none that can be read.
 *
 * @param environment Gives a variable of the process.
 */
export async function readDockerConfig(
  environment: (key: string) => string | undefined,
): Promise<string | undefined> {
  const home = environment("HOME");
  const folder = environment("DOCKER_CONFIG") || home && join(home, ".docker");
  if (!folder) return undefined;
  return await Deno.readTextFile(join(folder, "config.json")).catch(() => undefined);
}
