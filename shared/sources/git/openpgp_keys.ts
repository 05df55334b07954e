import type { KeyID, PublicKey, Subkey } from "openpgp";
import { FetchFailure } from "../fetcher.ts";
import { type ArmorBlock, dearmor } from "./armor_blocks.ts";
import { countPackets } from "./count_packets.ts";
import { checkStrength } from "./openpgp_strength.ts";

type OpenPgp = typeof import("openpgp");

/** The library takes 20 µs for a packet and lets nothing else run: a key has some 10, or 20. */
const MAX_PACKETS = 2_000;
/** A signature of a key on itself takes up to 7 ms. Those of others are left out by `LESS`. */
const MAX_PACKETS_OF_KEY = 250;
const LESS = "as by gpg --export --export-options export-minimal";
const NOTHING = new Uint8Array();

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
      if (packets > MAX_PACKETS_OF_KEY) {
        const most = `should be at most ${MAX_PACKETS_OF_KEY}, ${LESS}`;
        throw refuse(block, `has a key of ${packets} packets, ${most}`);
      }
      const fingerprint = key.getFingerprint();
      const other = found.get(fingerprint);
      found.set(fingerprint, other === undefined ? key : await other.update(key));
    }
  }
  return [...found.values()];
}

/**
 * Looks that the blocks among the allowed signers may hold public keys, and not too much to read.
 *
 * @throws {FetchFailure} where one is not.
 */
export function checkKeyBlocks(blocks: readonly ArmorBlock[]): void {
  let packets = 0;
  for (const block of blocks) {
    if (block.kind !== "PUBLIC KEY BLOCK") {
      throw refuse(block, `begins a PGP ${block.kind}, should be a PGP PUBLIC KEY BLOCK`);
    }
    const count = countPackets(dearmor(block) ?? NOTHING);
    if (count === undefined || count === 0) {
      throw refuse(block, "begins a PGP PUBLIC KEY BLOCK that is broken or has no end");
    }
    packets += count;
    if (packets > MAX_PACKETS) {
      const most = `should be at most ${MAX_PACKETS}, ${LESS}`;
      throw refuse(block, `begins the key that makes them ${packets} OpenPGP packets, ${most}`);
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
