/** The name of a header (RFC 9110, token), and what may be in one. */
const NAME = /^[!#$%&'*+.^_`|~\w-]+$/;
const VALUE = /^[\x20-\x7e]*$/;

/** A header that carries a key, e.g. `authorization: Bearer …`. */
export interface KeyHeader {
  /** In lower case. */
  name: string;
  /** What stands before the key. */
  scheme?: string;
  /** The key's name among the credentials, for messages. */
  credential: string;
  /** Undefined where the server asks for none. */
  key: string | undefined;
}

/**
 * Makes the headers of a server's requests: those of `extraConfig.headers`, and the key's, which no
 * setting replaces.
 *
 * @throws {Error} where one of them is none; its value is not shown.
 */
export function serverHeaders(
  extraConfig: Readonly<Record<string, unknown>>,
  { name, scheme = "", credential, key }: KeyHeader,
): Record<string, string> {
  const headers: Record<string, string> = {};
  const set = extraConfig.headers ?? {};
  if (typeof set !== "object" || Array.isArray(set)) {
    throw new Error("extraConfig.headers is a list or a text, should be an object");
  }
  for (const [header, value] of Object.entries(set)) {
    if (!NAME.test(header) || typeof value !== "string" || !VALUE.test(value)) {
      throw new Error(`extraConfig.headers has "${header}", which is no header with a text`);
    }
    headers[header.toLowerCase()] = value;
  }
  const text = key?.trim() ?? "";
  if (text === "") return headers;
  if (!VALUE.test(text)) {
    throw new Error(`the credential ${credential} has characters that no header may hold`);
  }
  return { ...headers, [name]: scheme === "" ? text : `${scheme} ${text}` };
}
