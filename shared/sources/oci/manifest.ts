import { z } from "zod";
import { FetchFailure } from "../fetcher.ts";
import { isDigest } from "./oci_reference.ts";

const descriptor = z.looseObject({
  mediaType: z.string().max(255).default(""),
  digest: z.string().refine(isDigest, { error: "should be a sha256 digest" }),
  size: z.number().int().min(0),
  annotations: z.record(z.string(), z.string()).nullish(),
  artifactType: z.string().max(255).nullish(),
  platform: z.looseObject({ os: z.string().nullish(), architecture: z.string().nullish() })
    .nullish(),
});

/** What an artifact names by its digest. */
export type Descriptor = z.infer<typeof descriptor>;

const manifest = z.looseObject({ layers: z.array(descriptor).max(1024) });
const index = z.looseObject({ manifests: z.array(descriptor).max(1024) });

/** A manifest's layers, or the manifests of an index. */
export type Manifest =
  | { kind: "manifest"; layers: Descriptor[] }
  | { kind: "index"; manifests: Descriptor[] };

/** What is asked for, as manifests and indexes of OCI and of Docker. */
export const MANIFEST_TYPES = [
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
].join(", ");

/** The most bytes of a manifest, as registries have it. */
export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

/**
 * Reads a manifest or an index
 * (https://github.com/opencontainers/image-spec/blob/main/manifest.md).
 *
 * @throws {FetchFailure} InvalidContent.
 */
export function parseManifest(bytes: Uint8Array): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new FetchFailure("InvalidContent", "its manifest is not JSON", { cause });
  }
  const asIndex = index.safeParse(value);
  const asManifest = manifest.safeParse(value);
  // One that is both could be read as another thing than what was signed or scanned
  // (https://github.com/opencontainers/distribution-spec/security/advisories/GHSA-mc8v-mgrf-8f4m).
  if (Object(value).layers !== undefined && Object(value).manifests !== undefined) {
    throw new FetchFailure("InvalidContent", "its manifest has both layers and manifests");
  }
  if (asIndex.success) return { kind: "index", manifests: asIndex.data.manifests };
  if (asManifest.success) return { kind: "manifest", layers: asManifest.data.layers };
  const issue = asManifest.error.issues[0];
  const where = issue && `${issue.path.join(".")}: ${issue.message}`;
  throw new FetchFailure("InvalidContent", `its manifest is neither one nor an index (${where})`);
}

/**
 * Chooses the manifest of an index: the only one, else the one for no platform, else that for Linux
 * on this machine's architecture. Attestations, whose platform is unknown, are not meant.
 *
 * @throws {FetchFailure} InvalidContent where that is none, or several.
 */
export function chooseManifest(
  manifests: readonly Descriptor[],
  architecture: string,
): Descriptor {
  const meant = manifests.filter(({ platform }) => platform?.os !== "unknown");
  if (meant.length === 1) return meant[0]!;
  const plain = meant.filter(({ platform }) => !platform);
  const own = meant.filter(({ platform }) =>
    platform?.os === "linux" && platform.architecture === architecture
  );
  const chosen = plain.length > 0 ? plain : own;
  if (chosen.length === 1) return chosen[0]!;
  const what = chosen.length === 0 ? "none" : `${chosen.length}`;
  throw new FetchFailure(
    "InvalidContent",
    `of its index's ${manifests.length} manifests ${what} can be taken, should be one: ` +
      `one without a platform, or one for linux/${architecture}`,
  );
}
