import { filesystemSource } from "../../shared/sources/filesystem.ts";
import type { GitAccess, GitSourceOptions } from "../../shared/sources/git/git_source_options.ts";
import type { SourceEntry } from "../../shared/sources/merge_sources.ts";
import type { OpenRemote } from "../remote_sources.ts";
import type { SourceConfig } from "./source_config.ts";
import { sourceNames } from "./source_names.ts";
import { readReference, type ReferenceReader, type TextReference } from "./text_reference.ts";

/** Options of {@linkcode configuredSources}. */
export interface ConfiguredSourcesOptions {
  /** Follow changes of files. */
  watch: boolean;
  references: ReferenceReader;
  remote: OpenRemote;
}

/** Makes the sources of a configuration, in its order; the code of a type is loaded where it is used. */
export async function configuredSources(
  configs: readonly SourceConfig[],
  options: ConfiguredSourcesOptions,
): Promise<SourceEntry[]> {
  const { names } = sourceNames(configs);
  return await Promise.all(
    configs.map((config, index) => entryOf(config, names[index]!, `sources[${index}]`, options)),
  );
}

async function entryOf(
  { filesystem, git, oci, allowEmpty }: SourceConfig,
  name: string,
  at: string,
  { watch, references, remote }: ConfiguredSourcesOptions,
): Promise<SourceEntry> {
  const resolve = resolver(references);
  if (git !== undefined) {
    const { gitSource } = await import("../../shared/sources/git/git_source.ts");
    const { auth = {}, ca, ...options } = git;
    const access = (): GitAccess => resolve({ ...auth, ca }, `${at}.git`);
    const make = (settings: Parameters<Parameters<OpenRemote>[1]>[0]) =>
      gitSource({ ...settings, name, git: options, access });
    return {
      source: remote(name, make, { allowEmpty, reads: reads(options) }),
      allowEmpty: allowEmpty ?? false,
    };
  }
  if (oci !== undefined) {
    const { ociSource } = await import("../../shared/sources/oci/oci_source.ts");
    const { registryCredentials } = await import("../../shared/sources/oci/registry_access.ts");
    const { auth = {}, ca, ...options } = oci;
    const access = (registry: string) => {
      const { dockerConfig, ca: pem, ...login } = resolve({ ...auth, ca }, `${at}.oci`);
      const values = { ...login, ...dockerConfig && { "config.json": dockerConfig } };
      return { credentials: registryCredentials(values, registry), ca: pem };
    };
    const make = (settings: Parameters<Parameters<OpenRemote>[1]>[0]) =>
      ociSource({ ...settings, name, oci: options, access });
    return {
      source: remote(name, make, { allowEmpty, reads: reads(options) }),
      allowEmpty: allowEmpty ?? false,
    };
  }
  const { paths, resources } = filesystem!;
  // Who takes the last file out of a folder means it.
  return {
    source: filesystemSource({ name, paths, watch, resources }),
    local: true,
    allowEmpty: allowEmpty ?? true,
  };
}

/** What decides which files a source gives. */
function reads(
  { url, ref, path, resources }: Pick<GitSourceOptions, "url" | "path" | "resources"> & {
    ref?: object | undefined;
  },
): string {
  return JSON.stringify({ url, ref, path, resources });
}

/** Follows references anew at each call, so that what they lead to may rotate. */
function resolver(references: ReferenceReader) {
  return <K extends string>(
    fields: Readonly<Partial<Record<K, TextReference | undefined>>>,
    at: string,
  ): Partial<Record<K, string>> => {
    const given = Object.entries(fields) as [K, TextReference | undefined][];
    const texts = given.flatMap(([key, reference]) =>
      reference === undefined
        ? []
        : [[key, readReference(reference, `${at}: ${key}`, references)] as const]
    );
    return Object.fromEntries(texts) as Partial<Record<K, string>>;
  };
}
