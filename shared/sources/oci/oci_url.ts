import { suggestion } from "../../nearest.ts";
import { isVersionRange } from "../highest_version.ts";
import { parseOciReference } from "./oci_reference.ts";
import { type OciSourceOptions, ociSourceOptions } from "./oci_source_options.ts";

const KEYS = ["semver", "path", "interval", "timeout", "insecure", "tokenHost"];

/**
 * Reads `oci://host/repository:tag?path=flows`. Beside `path` it takes `semver` (in place of a tag),
 * `interval`, `timeout`, `insecure=true` and `tokenHost`.
 *
 * @throws {Error} where it is none; the message holds no credentials.
 */
export function parseOciUrl(text: string): OciSourceOptions {
  const [address = "", ...query] = text.replace(/^oci:/i, "oci:").split("?");
  const { tag, digest } = parseOciReference(address);
  const refuse = (fault: string) => new Error(`Cannot use "${address}": ${fault}`);
  const input: Record<string, unknown> = { url: address };
  for (const [key, value] of new URLSearchParams(query.join("?"))) {
    if (!KEYS.includes(key)) {
      throw refuse(`it has the unknown setting "${key}"${suggestion(key, KEYS)}`);
    }
    if (key in input) throw refuse(`it has "${key}" twice`);
    input[key] = value;
  }
  const { semver, insecure } = input;
  delete input.semver;
  if (insecure !== undefined) {
    if (insecure !== "true" && insecure !== "false") {
      throw refuse(`insecure is "${insecure}", should be true or false`);
    }
    input.insecure = insecure === "true";
  }
  if (typeof semver === "string") {
    if (!isVersionRange(semver)) {
      throw refuse(`semver is "${semver}", should be a range of versions, such as ">=1.2 <2"`);
    }
    if (tag !== undefined || digest !== undefined) {
      throw refuse(`it has a ${tag === undefined ? "digest" : "tag"} and semver, should have one`);
    }
    input.ref = { semver };
  }
  const parsed = ociSourceOptions.safeParse(input);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw refuse(`${issue!.path.join(".")} ${issue!.message}`);
}
