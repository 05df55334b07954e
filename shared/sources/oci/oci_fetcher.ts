import process from "node:process";
import { suggestion } from "../../nearest.ts";
import { type Fetcher, FetchFailure } from "../fetcher.ts";
import { highestVersion, isVersionRange } from "../highest_version.ts";
import { type IsResource, resourceFilter, resourcesOf } from "../resource_files.ts";
import type { Snapshot } from "../source.ts";
import type { Budget } from "./layer_bytes.ts";
import { describeOciFailure } from "./describe_oci_failure.ts";
import { listTags } from "./list_tags.ts";
import { chooseManifest, type Descriptor, type Manifest, MANIFEST_TYPES } from "./manifest.ts";
import { isDigest, type OciReference, parseOciReference } from "./oci_reference.ts";
import type { OciSourceOptions } from "./oci_source_options.ts";
import { type Layer, type LayerForm, layerForm, readLayer } from "./read_layer.ts";
import { readManifest } from "./read_manifest.ts";
import { Registry } from "./registry.ts";
import type { RegistryCredentials } from "./registry_access.ts";
import { stackLayers } from "./stack_layers.ts";
import { textFiles } from "./text_files.ts";

/** How a registry lets one in. */
export interface OciAccess {
  credentials?: RegistryCredentials | undefined;
  /** Certificates in PEM that are trusted besides the usual ones. */
  ca?: string | undefined;
}

/** Options of {@linkcode OciFetcher}. */
export interface OciFetcherOptions {
  oci: OciSourceOptions;
  /** Gives the credentials of now; called once for each reading, with the registry's host. */
  access?(registry: string): OciAccess | Promise<OciAccess>;
}

/** The tag that is meant, and the digest of the manifest that it names. */
interface Selected {
  tag: string;
  digest: string;
}

/** What registries answer that know no HEAD of a manifest, or proxies before them. */
const NO_HEAD = [400, 405, 501];
/** How many indexes may be in one another. */
const MAX_INDEXES = 4;

/**
 * Reads an OCI artifact: one request where nothing has changed, but for the token that a registry may
 * want. Every manifest and layer is verified by its digest before it is used; all of it is in memory.
 */
export class OciFetcher implements Fetcher {
  readonly #options: OciFetcherOptions;
  #last: Selected | undefined;
  /** A digest that cannot be taken, so that it is not asked for again and again. */
  #refused: { digest: string; failure: FetchFailure } | undefined;

  constructor(options: OciFetcherOptions) {
    this.#options = options;
  }

  async fetch(signal: AbortSignal): Promise<Snapshot | undefined> {
    const { oci } = this.#options;
    const reference = parseOciReference(oci.url);
    let access: OciAccess = {};
    try {
      access = await this.#options.access?.(reference.registry) ?? {};
      using registry = new Registry({
        ...reference,
        ...access,
        insecure: oci.insecure,
        tokenHost: oci.tokenHost,
      });
      const selected = await this.#select(registry, reference, signal);
      const last = this.#last;
      if (last?.digest === selected.digest && last.tag === selected.tag) return undefined;
      if (this.#refused?.digest === selected.digest) throw this.#refused.failure;
      const snapshot = await this.#read(registry, selected, signal);
      this.#last = selected;
      return snapshot;
    } catch (error) {
      signal.throwIfAborted();
      throw describeOciFailure(error, `Cannot read OCI artifact "${oci.url}"`, access.credentials);
    }
  }

  async #select(
    registry: Registry,
    reference: OciReference,
    signal: AbortSignal,
  ): Promise<Selected> {
    const { ref = {} } = this.#options.oci;
    const digest = ref.digest ?? (ref.tag ?? ref.semver ? undefined : reference.digest);
    if (digest !== undefined) return { tag: "", digest };
    const tag = ref.semver !== undefined
      ? await this.#highest(registry, ref.semver, signal)
      : ref.tag ?? reference.tag ?? "latest";
    const head = await registry.send({
      path: `manifests/${tag}`,
      method: "HEAD",
      headers: { accept: MANIFEST_TYPES },
      accept: [404, ...NO_HEAD],
      signal,
    });
    await head.body?.cancel();
    if (head.status === 404) throw await this.#missing(registry, tag, signal);
    const told = head.headers.get("docker-content-digest") ?? "";
    if (head.ok && isDigest(told)) return { tag, digest: told };
    const { digest: actual } = await readManifest(registry, tag, signal);
    return { tag, digest: actual };
  }

  async #highest(registry: Registry, range: string, signal: AbortSignal): Promise<string> {
    if (!isVersionRange(range)) {
      const message = `"${range}" is no range of versions, should be like ">=1.2 <2"`;
      throw new FetchFailure("NotFound", message);
    }
    const tags = await listTags(registry, signal);
    const tag = highestVersion(range, tags);
    if (tag !== undefined) return tag;
    const versions = tags.slice(-5).join(", ") || "none";
    const message = `no tag is a version in the range "${range}"; its last tags are ${versions}`;
    throw new FetchFailure("NotFound", message);
  }

  async #missing(registry: Registry, tag: string, signal: AbortSignal): Promise<FetchFailure> {
    const tags = await listTags(registry, signal).catch(() => undefined);
    const near = suggestion(tag, tags?.filter((other) => other !== tag) ?? []);
    return new FetchFailure("NotFound", `there is no tag "${tag}"${near}`);
  }

  async #read(registry: Registry, selected: Selected, signal: AbortSignal): Promise<Snapshot> {
    const { oci } = this.#options;
    const { tag, digest } = selected;
    const isResource = resourceFilter(oci.resources);
    try {
      const { manifest } = await readManifest(registry, digest, signal);
      if (oci.verify !== undefined) {
        const { verifySignature } = await import("./cosign/verify_signature.ts");
        await verifySignature(oci.verify, { registry, digest, signal });
      }
      const layers = readableLayers(
        await this.#layers(registry, manifest, signal),
        isResource,
      );
      const budget: Budget = {
        sent: oci.maxBytes,
        unpacked: oci.maxBytes,
        // Folders and links come besides.
        entries: oci.maxFiles * 2,
        maxFileBytes: oci.maxFileBytes,
        isResource,
      };
      const read: Layer[] = [];
      for (const { descriptor, form } of layers) {
        if (descriptor.size > budget.sent) {
          throw new FetchFailure("TooLarge", `it is larger than maxBytes, ${oci.maxBytes} bytes`);
        }
        const response = await registry.send({ path: `blobs/${descriptor.digest}`, signal });
        read.push(await readLayer(descriptor, form, response.body, budget));
      }
      const { files, problems } = textFiles(stackLayers(read), oci);
      return {
        revision: tag === "" ? digest : `${tag}@${digest}`,
        files,
        ...resourcesOf(files, isResource),
        problems,
        warnings: read.flatMap(({ warnings }) => warnings),
      };
    } catch (error) {
      // It will not be otherwise when the same digest is read again; a signature may come later.
      if (error instanceof FetchFailure && error.reason === "TooLarge") {
        this.#refused = { digest, failure: error };
      }
      throw error;
    }
  }

  async #layers(
    registry: Registry,
    manifest: Manifest,
    signal: AbortSignal,
  ): Promise<Descriptor[]> {
    const architecture = process.arch === "x64" ? "amd64" : process.arch;
    let found = manifest;
    for (let indexes = 0; found.kind === "index"; indexes++) {
      if (indexes === MAX_INDEXES) {
        const message = `its index holds indexes within indexes, more than ${MAX_INDEXES}`;
        throw new FetchFailure("InvalidContent", message);
      }
      const { digest } = chooseManifest(found.manifests, architecture);
      ({ manifest: found } = await readManifest(registry, digest, signal));
    }
    return found.layers;
  }
}

/** The layers that can hold objects. */
function readableLayers(
  layers: readonly Descriptor[],
  isResource: IsResource,
): { descriptor: Descriptor; form: LayerForm }[] {
  const readable = layers.flatMap((descriptor) => {
    const form = layerForm(descriptor, isResource);
    return form === undefined ? [] : [{ descriptor, form }];
  });
  if (readable.length > 0) return readable;
  const types = [...new Set(layers.map(({ mediaType }) => `"${mediaType}"`))].slice(0, 5);
  throw new FetchFailure(
    "InvalidContent",
    `it has no layer that can be read: found ${types.join(", ") || "none"}, should be tar, ` +
      "tar+gzip or YAML files with their names",
  );
}
