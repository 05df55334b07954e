import type { SourceEntry } from "../shared/sources/merge_sources.ts";
import type { OciAccess } from "../shared/sources/oci/oci_fetcher.ts";
import type { ReferenceReader } from "./config/text_reference.ts";
import type { OpenRemote } from "./remote_sources.ts";

type Environment = ReferenceReader["environment"];

/**
 * Makes the sources of OCI artifacts: `oci://…`. Credentials come from the environment,
 * GENKITD_OCI_USERNAME and GENKITD_OCI_PASSWORD, else from Docker's config.json, which is in
 * DOCKER_CONFIG or in `.docker` of the home folder. GENKITD_OCI_CA_FILE holds certificates that are
 * trusted besides; GENKITD_OCI_KEY_FILE the public key by which every artifact must be signed. The
 * code for OCI is loaded only where it is asked for.
 *
 * @throws {Error} where a URL or the environment cannot be understood.
 */
export async function ociEntries(
  urls: readonly string[],
  { references: { environment }, remote, resources = [] }: {
    references: ReferenceReader;
    remote: OpenRemote;
    resources?: readonly string[] | undefined;
  },
): Promise<SourceEntry[]> {
  if (urls.length === 0) return [];
  const { parseOciUrl } = await import("../shared/sources/oci/oci_url.ts");
  const { ociSource } = await import("../shared/sources/oci/oci_source.ts");
  const { parseOciReference } = await import("../shared/sources/oci/oci_reference.ts");
  const keyFile = environment("GENKITD_OCI_KEY_FILE");
  const key = keyFile ? await readText("GENKITD_OCI_KEY_FILE", keyFile) : undefined;
  const parsed = [...new Set(urls)].map((text) => ({
    text,
    oci: { ...parseOciUrl(text), resources: [...resources] },
  }));
  if (environment("GENKITD_OCI_PASSWORD")) {
    onlyOneHost(parsed.map(({ oci }) => parseOciReference(oci.url).registry));
  }
  return parsed.map(({ text, oci }) => {
    const alone = parsed.filter((other) => other.oci.url === oci.url).length === 1;
    const name = alone ? oci.url : text;
    const make: Parameters<OpenRemote>[1] = (settings) =>
      ociSource({
        ...settings,
        name,
        oci: key === undefined ? oci : { ...oci, verify: { key } },
        access: (registry) => access(registry, environment),
      });
    return { source: remote(name, make) };
  });
}

/** Else one host would get what is meant for another. */
function onlyOneHost(registries: readonly string[]) {
  const hosts = [...new Set(registries)];
  if (hosts.length <= 1) return;
  throw new Error(
    `Cannot send the credentials of GENKITD_OCI_PASSWORD to ${hosts.length} hosts ` +
      `(${hosts.join(", ")}): it should be one; Docker's config.json holds those of several`,
  );
}

async function access(registry: string, environment: Environment): Promise<OciAccess> {
  const { registryCredentials } = await import("../shared/sources/oci/registry_access.ts");
  const { readDockerConfig } = await import("../shared/sources/oci/docker_config.ts");
  const file = environment("GENKITD_OCI_CA_FILE");
  const values = {
    username: environment("GENKITD_OCI_USERNAME"),
    password: environment("GENKITD_OCI_PASSWORD"),
    "config.json": await readDockerConfig(environment),
  };
  const given = Object.entries(values).flatMap(([name, value]) => value ? [[name, value]] : []);
  return {
    credentials: registryCredentials(Object.fromEntries(given), registry),
    ...file && { ca: await readText("GENKITD_OCI_CA_FILE", file) },
  };
}

async function readText(name: string, file: string): Promise<string> {
  try {
    return await Deno.readTextFile(file);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`Cannot read ${name} "${file}": ${reason}`, { cause });
  }
}
