import type { Key, SignaturePacket, Subkey } from "openpgp";
import { type ArmorBlock, dearmor, takeArmorBlocks } from "./armor_blocks.ts";
import { BadSignature } from "./bad_signature.ts";
import { keysBelow, keysOfId } from "./openpgp_keys.ts";

type OpenPgp = typeof import("openpgp");

/** What {@linkcode verifyOpenpgpSignature} needs. */
export interface OpenpgpSignatureOptions {
  /** The blocks of the keys that may sign. */
  keys: readonly ArmorBlock[];
  /** The time, in milliseconds since 1970. */
  now: number;
}

/** That of an RSA key of 4096 bits takes less than 1,000. */
const MAX_SIGNATURE_CHARACTERS = 16 * 1024;
/** The library's types lack it: no time is looked at. */
const AT_ANY_TIME = null as unknown as Date;

/**
 * Checks an armored OpenPGP signature of `content`. Keys that are revoked, whenever and why, have
 * not signed; keys that expire had to be valid at the time of the signature.
 *
 * @throws {BadSignature} where it is not a good one.
 * @throws {FetchFailure} where one of the keys that may sign is not understood.
 * @see https://www.rfc-editor.org/rfc/rfc9580
 */
export async function verifyOpenpgpSignature(
  armored: string,
  content: Uint8Array,
  { keys, now }: OpenpgpSignatureOptions,
): Promise<void> {
  // 28 ms and 12 MB, which only those pay who have such signatures.
  const openpgp = await import("openpgp");
  const signature = await readSignature(openpgp, armored);
  checkHash(openpgp, signature);
  const { issuerKeyID: id } = signature;
  const name = shownKey(signature);
  const holders = await keysOfId(openpgp, keys, id);
  if (holders.length === 0) {
    throw fail(`is signed by the OpenPGP key ${name}, which is not among the allowed signers`);
  }
  const message = await openpgp.createMessage({ binary: content });
  const [data] = message.packets.filterByTag(openpgp.enums.packet.literalData);
  // An id has 64 bits, so that another key may be made to have it.
  for (const holder of holders) {
    for (const key of keysBelow(holder, id)) {
      if (!await fits(signature, key, data!)) continue;
      await checkKey(signature, holder, key, name);
      if (signature.getExpirationTime().valueOf() <= now) {
        throw fail(`has a signature that expired at ${shown(signature.getExpirationTime())}`);
      }
      return;
    }
  }
  throw fail(`has a signature of the OpenPGP key ${name} that does not fit its content`);
}

async function readSignature(openpgp: OpenPgp, armored: string): Promise<SignaturePacket> {
  if (armored.length > MAX_SIGNATURE_CHARACTERS) {
    const is = `of ${armored.length} characters`;
    throw fail(`has a signature ${is}, should be at most ${MAX_SIGNATURE_CHARACTERS}`);
  }
  const { blocks, rest } = takeArmorBlocks(armored);
  if (blocks.length > 1) throw several(blocks.length);
  const bytes = blocks[0] && rest.trim() === "" ? dearmor(blocks[0]) : undefined;
  if (bytes === undefined) throw fail("has an OpenPGP signature whose armor is broken");
  let packets: SignaturePacket[];
  try {
    const config = { ignoreUnsupportedPackets: false };
    packets = [
      ...(await openpgp.readSignature({ binarySignature: bytes, config })).packets,
    ] as SignaturePacket[];
  } catch (error) {
    const said = (error as Error).message.slice(0, 200);
    throw fail(`has an OpenPGP signature that is not understood: ${said}`, error);
  }
  if (packets.length > 1) throw several(packets.length);
  const { binary } = openpgp.enums.signature;
  const [signature] = packets;
  if (signature?.signatureType !== binary || !signature.created) {
    throw fail("has an OpenPGP signature that is not of a document");
  }
  return signature;
}

function checkHash({ enums }: OpenPgp, { hashAlgorithm }: SignaturePacket): void {
  const { sha1, md5, ripemd } = enums.hash;
  if (![sha1, md5, ripemd].some((weak) => weak === hashAlgorithm)) return;
  const name = enums.read(enums.hash, hashAlgorithm!).toUpperCase().replace("SHA1", "SHA-1");
  throw fail(`has an OpenPGP signature with ${name}, should be with SHA-256 or better`);
}

async function fits(signature: SignaturePacket, { keyPacket }: Key | Subkey, data: object) {
  try {
    await signature.verify(keyPacket, signature.signatureType!, data, signature.created!, true);
    return true;
  } catch (error) {
    const { message } = error as Error;
    if (/^Signed digest did not match|^Signature verification failed/.test(message)) return false;
    throw fail(`has an OpenPGP signature that cannot be checked: ${message.slice(0, 200)}`, error);
  }
}

/** Looks that a key may sign, and might when it did. */
async function checkKey(
  signature: SignaturePacket,
  holder: Key,
  key: Key | Subkey,
  name: string,
): Promise<void> {
  const refuse = (what: string, cause?: unknown) =>
    fail(`is signed by the OpenPGP key ${name}, which ${what}`, cause);
  const signed = signature.created!;
  let able: Key | Subkey;
  try {
    // Of its self-signatures the newest counts, also where that is newer than the signature:
    // whoever moves the end of a key replaces them.
    able = await holder.getSigningKey(signature.issuerKeyID, AT_ANY_TIME);
  } catch (error) {
    const { message } = error as Error;
    if (message.includes("is revoked")) throw refuse("is revoked", error);
    throw refuse(`may not sign: ${message.slice(0, 200)}`, error);
  }
  if (able.getFingerprint() !== key.getFingerprint()) throw refuse("may not sign");
  if (signed < key.getCreationTime()) {
    throw refuse(`was made at ${shown(key.getCreationTime())}, after it signed`);
  }
  const ends = [await holder.getExpirationTime()];
  if (key !== holder) ends.push(await (key as Subkey).getExpirationTime(AT_ANY_TIME));
  for (const end of ends) {
    if (end === null) throw refuse("may not sign: it has no valid signature of its own");
    if (signed >= end) {
      throw refuse(`had expired at ${shown(end)} when it signed, at ${shown(signed)}`);
    }
  }
}

function shownKey({ issuerFingerprint, issuerKeyID }: SignaturePacket): string {
  return (issuerFingerprint?.toHex() ?? issuerKeyID.toHex()).toUpperCase();
}

function shown(time: Date | number): string {
  return new Date(time).toISOString();
}

function several(count: number): BadSignature {
  return fail(`has ${count} OpenPGP signatures, should have one`);
}

function fail(message: string, cause?: unknown): BadSignature {
  return new BadSignature(message, { cause });
}
