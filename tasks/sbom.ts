import { ROOT } from "./checkout.ts";

/** What a package says of itself in its package.json; only what is read here. */
interface PackageJson {
  name: string;
  version: string;
  license?: string;
  description?: string;
}

/** The parts of deno.lock that are read here. */
interface Lock {
  npm: Record<string, { integrity?: string }>;
}

/** What {@linkcode sbom} is made of. */
export interface SbomInput {
  version: string;
  /** The version of the Deno that is shipped with it. */
  deno: string;
  /** The folders of the packages that are inside, relative to the checkout. */
  packages: readonly string[];
  /** The text of deno.lock. */
  lock: string;
}

/**
 * Gives a software bill of materials as CycloneDX 1.6 JSON (https://cyclonedx.org/docs/1.6/json/):
 * genkitd, Deno, and each package whose code is inside, with the hash of its archive in the
 * registry. The same input gives the same text: it has no time and no serial number.
 *
 * @throws {Error} where a package is not in deno.lock.
 */
export async function sbom({ version, deno, packages, lock }: SbomInput): Promise<string> {
  const { npm }: Lock = JSON.parse(lock);
  const hashes = new Map(
    Object.entries(npm).map(([key, { integrity }]) => [withoutPeers(key), integrity]),
  );
  const found = await Promise.all(packages.map(async (folder) => {
    const text = await Deno.readTextFile(`${ROOT}${folder}/package.json`);
    return component(JSON.parse(text), hashes);
  }));
  const components = [...new Map(found.map((one) => [one["bom-ref"], one])).values()]
    .sort((a, b) => a["bom-ref"] < b["bom-ref"] ? -1 : 1);
  const runtime = {
    type: "platform",
    "bom-ref": `pkg:github/denoland/deno@v${deno}`,
    name: "deno",
    version: deno,
    purl: `pkg:github/denoland/deno@v${deno}`,
    licenses: [{ license: { id: "MIT" } }],
  };
  const itself = `pkg:github/genkitd/genkitd@v${version}`;
  return JSON.stringify(
    {
      $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
      bomFormat: "CycloneDX",
      specVersion: "1.6",
      version: 1,
      metadata: {
        component: {
          type: "application",
          "bom-ref": itself,
          name: "genkitd",
          version,
          purl: itself,
          licenses: [{ license: { id: "Apache-2.0" } }],
        },
      },
      components: [runtime, ...components],
      dependencies: [{
        ref: itself,
        dependsOn: [runtime, ...components].map((one) => one["bom-ref"]),
      }],
    },
    undefined,
    2,
  ) + "\n";
}

function component(
  { name, version, license, description }: PackageJson,
  hashes: Map<string, string | undefined>,
) {
  const key = `${name}@${version}`;
  const integrity = hashes.get(key);
  if (integrity === undefined) {
    throw new Error(`Cannot list ${key}: deno.lock has no such package with its integrity`);
  }
  const [group, own] = name.startsWith("@")
    ? name.split("/") as [string, string]
    : [undefined, name];
  // The @ of a scope is %40 in a package URL (https://github.com/package-url/purl-spec).
  const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
  return {
    type: "library",
    "bom-ref": purl,
    ...group !== undefined && { group },
    name: own,
    version,
    ...description !== undefined && { description },
    scope: "required",
    hashes: [{ alg: "SHA-512", content: hexOf(integrity) }],
    ...license !== undefined && { licenses: [licenseOf(license)] },
    purl,
  };
}

/** A license by its SPDX id; what is none, such as a URL, by name. */
function licenseOf(license: string) {
  return { license: /^[\w.+-]+$/.test(license) ? { id: license } : { name: license } };
}

/** `a@1.0.0_b@2.0.0`, as deno.lock names a package with peers, without the peers. */
function withoutPeers(key: string): string {
  return key.replace(/^(@?[^@]+@[^_]+)_.*$/, "$1");
}

/** `sha512-BASE64`, as npm writes a hash, in hex. */
function hexOf(integrity: string): string {
  const [, base64] = /^sha512-(.+)$/.exec(integrity) ?? [];
  if (base64 === undefined) throw new Error(`Cannot read the hash "${integrity}"`);
  return [...Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))]
    .map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
