import { FetchFailure } from "../fetcher.ts";
import { type AllowedSigner, parseAllowedSigners } from "./allowed_signers.ts";
import { takeArmorBlocks } from "./armor_blocks.ts";
import { BadSignature } from "./bad_signature.ts";
import { checkKeyBlocks } from "./openpgp_keys.ts";
import { verifyOpenpgpSignature } from "./openpgp_signature.ts";
import { verifySshSignature } from "./ssh_signature.ts";

/** Who may sign, and what time it is. */
export interface VerifyCommitOptions {
  /** Lines as in OpenSSH's allowed_signers, and armored OpenPGP public keys among them. */
  allowedSigners: string;
  /** The time, in milliseconds since 1970. */
  now: number;
}

/**
 * Checks that a commit is signed by an SSH or OpenPGP key that may sign it.
 *
 * @param oid The commit's id, for messages.
 * @throws {FetchFailure} where it is not.
 */
export async function verifyCommit(
  commit: Uint8Array,
  oid: string,
  { allowedSigners, now }: VerifyCommitOptions,
): Promise<void> {
  const { blocks, rest } = takeArmorBlocks(allowedSigners);
  checkKeyBlocks(blocks);
  const signers = parseAllowedSigners(rest);
  try {
    const signed = signedParts(commit);
    const { signature } = signed;
    if (signature.startsWith("-----BEGIN SSH SIGNATURE-----")) {
      await checkSshSignature(signed, signers);
    } else if (signature.startsWith("-----BEGIN PGP SIGNATURE-----")) {
      await verifyOpenpgpSignature(signature, signed.payload, { keys: blocks, now });
    } else {
      throw new BadSignature("is signed by X.509 or otherwise, should be by SSH or OpenPGP");
    }
  } catch (cause) {
    if (!(cause instanceof BadSignature)) throw cause;
    const message = `the commit ${oid} ${cause.message}`;
    throw new FetchFailure("VerificationFailed", message, { cause });
  }
}

async function checkSshSignature(
  { signature, payload, time }: SignedParts,
  signers: readonly AllowedSigner[],
): Promise<void> {
  const { key, valid } = await verifySshSignature(signature, payload, "git");
  if (!valid) throw new BadSignature("has a signature that does not fit its content");
  const known = signers.filter((signer) => signer.key === key);
  if (known.length === 0) {
    throw new BadSignature("is signed by an SSH key that is not among the allowed signers");
  }
  const may = known.some(({ from, until }) => (from ?? 0) <= time && time < (until ?? Infinity));
  if (!may) {
    throw new BadSignature("is signed by an SSH key that was not valid at the commit's time");
  }
}

/** The parts of a commit that a signature is about. */
interface SignedParts {
  signature: string;
  /** The commit without the header of the signature itself. */
  payload: Uint8Array;
  /** When it was committed, as it says, in milliseconds since 1970. */
  time: number;
}

/** @throws {BadSignature} where it has none, or several. */
function signedParts(commit: Uint8Array): SignedParts {
  // Latin-1 keeps every byte as one character.
  const text = Array.from(chunks(commit), (chunk) => String.fromCharCode(...chunk)).join("");
  const end = text.indexOf("\n\n");
  const head = end < 0 ? text : text.slice(0, end + 1);
  const [header, ...others] = head.matchAll(/^gpgsig (.*\n(?: .*\n)*)/gm);
  const seconds = Number(/^committer .* (\d+) [+-]\d{4}$/m.exec(head)?.[1] ?? NaN);
  const time = seconds * 1000;
  if (header === undefined) throw new BadSignature("is not signed");
  if (others.length > 0) {
    throw new BadSignature(`has ${others.length + 1} signatures, should have one`);
  }
  const without = text.slice(0, header.index) + text.slice(header.index + header[0].length);
  const payload = Uint8Array.from(without, (char) => char.charCodeAt(0));
  return { signature: header[1]!.replaceAll(/^ /gm, ""), payload, time };
}

function* chunks(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 8192) yield bytes.subarray(at, at + 8192);
}
