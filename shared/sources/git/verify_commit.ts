import { FetchFailure } from "../fetcher.ts";
import { parseAllowedSigners } from "./allowed_signers.ts";
import { verifySshSignature } from "./ssh_signature.ts";

/**
 * Checks that a commit is signed by an SSH key that may sign it.
 *
 * @throws {FetchFailure} where it is not.
 */
export async function verifyCommit(
  commit: Uint8Array,
  { allowedSigners }: { allowedSigners: string },
): Promise<void> {
  const fail = (message: string) => new FetchFailure("VerificationFailed", message);
  const signers = parseAllowedSigners(allowedSigners);
  const { signature, payload, time } = signedParts(commit);
  if (signature === undefined) throw fail("the commit is not signed");
  if (!signature.startsWith("-----BEGIN SSH SIGNATURE-----")) {
    const what = signature.includes("PGP") ? "OpenPGP" : "X.509";
    throw fail(`the commit is signed by ${what}; only SSH signatures are checked`);
  }
  const { key, valid } = await verifySshSignature(signature, payload, "git");
  if (!valid) throw fail("the commit's signature does not fit its content");
  const known = signers.filter((signer) => signer.key === key);
  if (known.length === 0) {
    throw fail("the commit is signed by a key that is not among the allowed signers");
  }
  const may = known.some(({ from, until }) => (from ?? 0) <= time && time < (until ?? Infinity));
  if (!may) throw fail("the commit is signed by a key that was not valid at the commit's time");
}

/** What is signed is the commit without the header of the signature itself. */
function signedParts(commit: Uint8Array) {
  // Latin-1 keeps every byte as one character.
  const text = Array.from(chunks(commit), (chunk) => String.fromCharCode(...chunk)).join("");
  const end = text.indexOf("\n\n");
  const head = end < 0 ? text : text.slice(0, end + 1);
  const header = /^gpgsig (.*\n(?: .*\n)*)/m.exec(head);
  const seconds = Number(/^committer .* (\d+) [+-]\d{4}$/m.exec(head)?.[1] ?? NaN);
  const time = seconds * 1000;
  if (header === null) return { signature: undefined, payload: commit, time };
  const without = text.slice(0, header.index) + text.slice(header.index + header[0].length);
  const payload = Uint8Array.from(without, (char) => char.charCodeAt(0));
  return { signature: header[1]!.replaceAll(/^ /gm, ""), payload, time };
}

function* chunks(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 8192) yield bytes.subarray(at, at + 8192);
}
