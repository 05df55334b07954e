/** A block of OpenPGP's ASCII armor, as it stands in a text. */
export interface ArmorBlock {
  /** What it says to hold, such as `PUBLIC KEY BLOCK`. */
  kind: string;
  /** The number of its first line, from 1. */
  line: number;
  /** The lines between the first and the last. */
  lines: string[];
  /** Whether its last line is there. */
  ended: boolean;
}

const BEGIN = /^-----BEGIN PGP ([A-Z ]{1,40})-----$/;
const HEADER = /^[A-Za-z][A-Za-z-]*: /;
const CHECKSUM = /^=[A-Za-z0-9+/]{4}$/;

/** Takes the blocks out of a text. `rest` has the other lines, each where it stood. */
export function takeArmorBlocks(text: string): { blocks: ArmorBlock[]; rest: string } {
  const blocks: ArmorBlock[] = [];
  const rest: string[] = [];
  let open: ArmorBlock | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    const words = line.trim();
    const kind = open === undefined ? BEGIN.exec(words)?.[1] : undefined;
    rest.push(open === undefined && kind === undefined ? line : "");
    if (kind !== undefined) {
      open = { kind, line: index + 1, lines: [], ended: false };
      blocks.push(open);
    } else if (words === `-----END PGP ${open?.kind}-----`) {
      open!.ended = true;
      open = undefined;
    } else open?.lines.push(words);
  }
  return { blocks, rest: rest.join("\n") };
}

/**
 * Gives what a block holds; undefined where that is broken. Its checksum is not looked at, as the
 * standard has it.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9580#section-6
 */
export function dearmor({ lines, ended }: ArmorBlock): Uint8Array<ArrayBuffer> | undefined {
  const blank = lines.indexOf("");
  if (!ended || blank < 0 || !lines.slice(0, blank).every((line) => HEADER.test(`${line} `))) {
    return undefined;
  }
  const body = lines.slice(blank + 1);
  if (CHECKSUM.test(body.at(-1) ?? "")) body.pop();
  try {
    const bytes = Uint8Array.fromBase64(body.join(""));
    return bytes.length === 0 ? undefined : bytes;
  } catch {
    return undefined;
  }
}
