import { FetchFailure } from "../fetcher.ts";

/** A key that may sign commits. */
export interface AllowedSigner {
  /** The key as it stands in the file, in base64. */
  key: string;
  /** From when and until when it may sign, in milliseconds since 1970. */
  from?: number;
  until?: number;
}

const KEY_TYPE = /^(ssh-|ecdsa-|sk-)/;
/** A word, of which parts may stand in quotes with blanks in them. */
const WORD = /(?:"[^"]*"|[^\s"])+/g;

/**
 * Reads the lines of an OpenSSH allowed_signers file: `principals [options] type key [comment]`.
 * Keys for other namespaces than git are passed over.
 *
 * @throws {FetchFailure} where a line cannot be understood, or sets what is not supported.
 * @see https://man.openbsd.org/ssh-keygen#ALLOWED_SIGNERS
 */
export function parseAllowedSigners(text: string): AllowedSigner[] {
  const signers: AllowedSigner[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const words = line.trim().match(WORD) ?? [];
    if (words.length === 0 || words[0]!.startsWith("#")) continue;
    const options = KEY_TYPE.test(words[1] ?? "") ? "" : words[1] ?? "";
    const [type, key] = words.slice(options === "" ? 1 : 2);
    const refuse = (what: string) =>
      new FetchFailure("VerificationFailed", `line ${index + 1} of the allowed signers ${what}`);
    if (type === undefined || key === undefined || !KEY_TYPE.test(type)) {
      throw refuse('is not understood, should be like "ann@example.com ssh-ed25519 AAAA…"');
    }
    const signer: AllowedSigner = { key: key.replace(/=+$/, "") };
    let matters = true;
    for (const [, name = "", value = ""] of options.matchAll(/([a-z-]+)(?:="([^"]*)")?,?/gi)) {
      if (name === "") continue;
      if (name === "namespaces") matters = value.split(",").includes("git");
      else if (name === "valid-after") signer.from = timeOf(value, refuse);
      else if (name === "valid-before") signer.until = timeOf(value, refuse);
      else throw refuse(`has the option "${name}", which is not supported`);
    }
    if (matters) signers.push(signer);
  }
  return signers;
}

/** `YYYYMMDD` or `YYYYMMDDHHMM[SS]`, with or without Z; taken as UTC either way. */
function timeOf(value: string, refuse: (what: string) => Error): number {
  const [, year, month, day, hour = "00", minute = "00", second = "00"] =
    /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?Z?$/.exec(value) ?? [];
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(time)) throw refuse(`has the time "${value}", should be like 20261231`);
  return time;
}
