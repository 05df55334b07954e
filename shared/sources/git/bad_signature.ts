/** A signature is not a good one. The message follows the name of what is signed: `is …`, `has …`. */
export class BadSignature extends Error {
  override readonly name = "BadSignature";
}
