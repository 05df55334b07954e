import type { KeyID, PublicKey, Subkey } from "openpgp";
import { FetchFailure } from "../fetcher.ts";
import { type ArmorBlock, dearmor } from "./armor_blocks.ts";
import { checkStrength } from "./openpgp_strength.ts";

type OpenPgp = typeof import("openpgp");

/** Keys with the signatures of many people on them are exported without these. */
const MAX_PACKETS = 1_000;

/**
 * Reads the blocks of public keys, and gives those keys of which one may have the id. Copies of a
 * key become one, which is revoked where one of them is.
 *
 * @param id The id of the key that signed.
 * @throws {FetchFailure} where a block is no key, or one of these keys cannot be relied on.
 */
export async function keysOfId(
  openpgp: OpenPgp,
  blocks: readonly ArmorBlock[],
  id: KeyID,
): Promise<PublicKey[]> {
  const found = new Map<string, PublicKey>();
  for (const block of blocks) {
    for (const key of await keysIn(openpgp, block)) {
      const below = keysBelow(key, id);
      if (below.length === 0) continue;
      for (const { keyPacket } of [key, ...below]) checkStrength(openpgp, keyPacket);
      const packets = key.toPacketList().length;
      if (packets > MAX_PACKETS) {
        throw refuse(
          block,
          `has a key of ${packets} packets, should be at most ${MAX_PACKETS}, as by gpg --export ` +
            "--export-options export-minimal",
        );
      }
      const fingerprint = key.getFingerprint();
      const other = found.get(fingerprint);
      found.set(fingerprint, other === undefined ? key : await other.update(key));
    }
  }
  return [...found.values()];
}

/**
 * Looks that the blocks among the allowed signers are such that may hold public keys.
 *
 * @throws {FetchFailure} where one is not.
 */
export function checkKeyBlocks(blocks: readonly ArmorBlock[]): void {
  for (const block of blocks) {
    if (block.kind !== "PUBLIC KEY BLOCK") {
      throw refuse(block, `begins a PGP ${block.kind}, should be a PGP PUBLIC KEY BLOCK`);
    }
    if (dearmor(block) === undefined) {
      throw refuse(block, "begins a PGP PUBLIC KEY BLOCK that is broken or has no end");
    }
  }
}

/** Gives the key itself, and those below it, that have the id. */
export function keysBelow(key: PublicKey, id: KeyID): (PublicKey | Subkey)[] {
  return [key, ...key.subkeys].filter((one) => one.getKeyID().equals(id));
}

async function keysIn(openpgp: OpenPgp, block: ArmorBlock): Promise<PublicKey[]> {
  let keys: PublicKey[];
  try {
    keys = await openpgp.readKeys({ binaryKeys: dearmor(block)! });
  } catch (error) {
    throw refuse(block, `has a key that is not understood: ${said(error)}`);
  }
  if (keys.some((key) => key.isPrivate())) {
    throw refuse(block, "has a private key, should be the public one");
  }
  return keys;
}

function refuse({ line }: ArmorBlock, what: string): FetchFailure {
  return new FetchFailure("VerificationFailed", `line ${line} of the allowed signers ${what}`);
}

/** What the library says is wrong, which may quote what it read. */
function said(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 200);
}
