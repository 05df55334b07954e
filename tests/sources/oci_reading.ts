import assert from "assert";
import { type Header, pack } from "tar-stream";
import { FetchFailure } from "../../shared/sources/fetcher.ts";
import { OciFetcher, type OciFetcherOptions } from "../../shared/sources/oci/oci_fetcher.ts";
import { ociSourceOptions } from "../../shared/sources/oci/oci_source_options.ts";
import { type Blob, pushArtifact, pushManifest } from "../../shared/sources/oci/push_artifact.ts";
import { Registry } from "../../shared/sources/oci/registry.ts";
import type { RegistryCredentials } from "../../shared/sources/oci/registry_access.ts";
import type { RegistryServer } from "./registry_server.ts";

/** What a reading of a test is stopped by. */
export const { signal } = new AbortController();
/** The bytes of a text. */
export const bytes = (text: string) => new TextEncoder().encode(text);
/** The repository of the tests. */
export const REPOSITORY = "team/flows";

/** Reaches the repository, to push to it. */
export function registryOf(
  server: Pick<RegistryServer, "host">,
  credentials?: RegistryCredentials,
  ca?: string,
): Registry {
  return new Registry({
    ca,
    registry: server.host,
    repository: REPOSITORY,
    actions: "pull,push",
    credentials,
  });
}

/** Pushes files as an artifact. */
export async function push(
  server: Pick<RegistryServer, "host">,
  tag: string,
  files: Record<string, string>,
) {
  using registry = registryOf(server);
  const content = new Map(Object.entries(files).map(([path, text]) => [path, bytes(text)]));
  return await pushArtifact(registry, { tag, files: content, signal });
}

/** Pushes an artifact of these layers. */
export async function pushLayers(server: RegistryServer, tag: string, layers: Blob[]) {
  using registry = registryOf(server);
  return await pushManifest(registry, { tag, layers, signal });
}

/** Makes a fetcher of the repository; `tail` is what follows it in the address. */
export function fetcher(
  server: Pick<RegistryServer, "host">,
  tail = "",
  options: Record<string, unknown> = {},
  more: Partial<OciFetcherOptions> = {},
) {
  const oci = ociSourceOptions.parse({
    url: `oci://${server.host}/${REPOSITORY}${tail}`,
    ...options,
  });
  return new OciFetcher({ oci, ...more });
}

/** Reads, and gives the files where something is new. */
export async function filesOf(fetcher: OciFetcher) {
  const snapshot = await fetcher.fetch(signal);
  return snapshot && Object.fromEntries(snapshot.files);
}

/** An entry of a {@linkcode tar}. */
export interface TarEntry {
  name: string;
  text?: string;
  type?: Header["type"];
  linkname?: string;
}

/** Packs entries. */
export async function tar(entries: TarEntry[]): Promise<Uint8Array<ArrayBuffer>> {
  const archive = pack();
  for (const { text = "", ...header } of entries) archive.entry(header, text);
  archive.finalize();
  const parts: Uint8Array[] = [];
  for await (const part of archive) parts.push(part as Uint8Array);
  return new Uint8Array(await new globalThis.Blob(parts as BlobPart[]).arrayBuffer());
}

/** The media type of a plain archive. */
export const TAR = "application/vnd.oci.image.layer.v1.tar";
/** A layer of entries. */
export const tarLayer = async (entries: TarEntry[]): Promise<Blob> => ({
  mediaType: TAR,
  bytes: await tar(entries),
});

/** What a reading fails with. */
export async function failure(fetcher: OciFetcher): Promise<FetchFailure> {
  const error = await fetcher.fetch(signal).then(() => undefined, (error) => error);
  assert.ok(error instanceof FetchFailure, `it fails, and not by ${error}`);
  return error;
}
