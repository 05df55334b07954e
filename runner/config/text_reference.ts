import { z } from "zod";

/** Where a text is that may not stand in the file: in a variable, or in another file. */
export type TextReference = string | { env: string } | { file: string };

/** The key of a field's metadata that says that it takes references; a secret's literal is warned of. */
export const REFERENCE = "x-genkitd-reference";

/** A text, or where it is. `secret` is for what should not stand in the file. */
export function textReference({ secret }: { secret: boolean }): z.ZodType<TextReference> {
  return z.union([
    z.string().min(1),
    z.strictObject({ env: z.string().min(1) }),
    z.strictObject({ file: z.string().min(1) }),
  ], {
    // The value is not quoted: it may be the secret.
    error: "should be {env: NAME}, {file: PATH}, or a text in quotes",
  }).meta({ [REFERENCE]: secret ? "secret" : "text" });
}

/** How references are followed. */
export interface ReferenceReader {
  /** A variable of the process. */
  environment: (key: string) => string | undefined;
  readFile: (path: string) => string;
}

/**
 * Gives the text that a reference leads to now; of a file, without the line end that editors add.
 *
 * @param field What the text is, for messages: `sources[0].git.auth.token`.
 * @throws {Error} where there is none. It quotes the variable or path, and nothing of the text.
 */
export function readReference(
  reference: TextReference,
  field: string,
  { environment, readFile }: ReferenceReader,
): string {
  if (typeof reference === "string") return reference;
  if ("env" in reference) {
    const value = environment(reference.env);
    if (value) return value;
    const is = value === undefined ? "not set" : "empty";
    throw new Error(`Cannot read ${field}: the variable "${reference.env}" is ${is}`);
  }
  let text: string;
  try {
    text = readFile(reference.file);
  } catch (cause) {
    const reason = cause instanceof Deno.errors.NotFound
      ? "it does not exist"
      : cause instanceof Error
      ? cause.message
      : String(cause);
    throw new Error(`Cannot read ${field} from the file "${reference.file}": ${reason}`, { cause });
  }
  const value = text.replace(/\r?\n$/, "");
  if (value !== "") return value;
  throw new Error(`Cannot read ${field} from the file "${reference.file}": it is empty`);
}
