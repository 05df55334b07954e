import { formatProblem } from "../format_problem.ts";
import { describeOciFailure } from "./describe_oci_failure.ts";
import { readDockerConfig } from "./docker_config.ts";
import { parseOciReference } from "./oci_reference.ts";
import { packObjects } from "./pack_objects.ts";
import { pushArtifact } from "./push_artifact.ts";
import { Registry } from "./registry.ts";
import { type RegistryCredentials, registryCredentials } from "./registry_access.ts";

/** Options of {@linkcode pushObjects}. */
export interface PushOptions {
  /** Where to: `oci://host/repository:tag`; the tag `latest` where it has none. */
  url: string;
  /** A folder, or one file. */
  path: string;
  annotations: Record<string, string>;
  username?: string | undefined;
  password?: string | undefined;
  /** A file with credentials; by default Docker's own. */
  dockerConfig?: string | undefined;
  /** A file with certificates in PEM. */
  ca?: string | undefined;
  tokenHost?: string | undefined;
  insecure: boolean;
  includeSecrets: boolean;
  /** Which files are resources, besides prompts: globs of paths from the folder. */
  resources?: string[] | undefined;
  /** A variable of the process. */
  environment: (key: string) => string | undefined;
  /** Told what does not stand in the way. */
  warn: (text: string) => void;
}

/** What was pushed. */
export interface PushedObjects {
  /** With its tag. */
  url: string;
  digest: string;
  /** Of what is pulled, in bytes. */
  size: number;
  files: number;
}

/** Milliseconds for the whole of it. */
const TIMEOUT = 10 * 60 * 1000;

/**
 * Pushes the object files of a folder.
 *
 * @throws {Error} in words for a person, without credentials.
 */
export async function pushObjects(options: PushOptions): Promise<PushedObjects> {
  const { registry: host, repository, tag = "latest", digest } = parseOciReference(options.url);
  if (digest !== undefined) {
    throw new Error(`Cannot push to "${options.url}": it has a digest, should have a tag`);
  }
  const packed = await packObjects(options.path, options);
  for (const warning of packed.warnings) options.warn(`warning: ${formatProblem(warning)}`);
  const credentials = await credentialsFor(host, options);
  const { insecure, ca, tokenHost, annotations } = options;
  const url = `oci://${host}/${repository}:${tag}`;
  try {
    using registry = new Registry({
      ...{ registry: host, repository, actions: "pull,push", credentials, insecure, tokenHost },
      ...ca !== undefined && { ca: await readText("certificates", ca) },
    });
    const signal = AbortSignal.timeout(TIMEOUT);
    const pushed = await pushArtifact(registry, { tag, files: packed.files, annotations, signal });
    return { url, ...pushed, files: packed.files.size };
  } catch (error) {
    throw describeOciFailure(error, `Cannot push to "${url}"`, credentials);
  }
}

async function credentialsFor(
  host: string,
  { username, password, dockerConfig, environment }: PushOptions,
): Promise<RegistryCredentials | undefined> {
  if (username !== undefined && password !== undefined) return { username, password };
  const config = dockerConfig === undefined
    ? await readDockerConfig(environment)
    : await readText("Docker's config", dockerConfig);
  return config === undefined ? undefined : registryCredentials({ "config.json": config }, host);
}

async function readText(what: string, file: string): Promise<string> {
  try {
    return await Deno.readTextFile(file);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`Cannot read ${what} of "${file}": ${reason}`, { cause });
  }
}
