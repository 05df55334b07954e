import { type ParsedServeConfig, parseServeConfig } from "../runner/config/parse_serve_config.ts";
import { whyUnreadable } from "../shared/sources/file_problem.ts";

/** The most bytes of a configuration. */
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * Reads the configuration of `genkitd serve`: a file, where there is one, and the environment.
 *
 * @throws {Error} where the file cannot be read, or a field of either is wrong.
 */
export async function readServeConfig(
  path: string | undefined,
  environment: Readonly<Record<string, string>>,
): Promise<ParsedServeConfig> {
  const file = path === undefined ? undefined : { path, text: await readText(path) };
  return parseServeConfig({ file, environment });
}

async function readText(path: string): Promise<string> {
  try {
    const { size } = await Deno.stat(path);
    if (size <= MAX_BYTES) return await Deno.readTextFile(path);
  } catch (cause) {
    const reason = cause instanceof Deno.errors.NotFound
      ? "it does not exist"
      : cause instanceof Deno.errors.IsADirectory
      ? "it is a folder, should be a file"
      : whyUnreadable(cause);
    throw new Error(`Cannot read the configuration "${path}": ${reason}`, { cause });
  }
  throw new Error(`Cannot read the configuration "${path}": it has more than ${MAX_BYTES} bytes`);
}
