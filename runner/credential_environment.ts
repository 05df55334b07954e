/** The variable in which Google's libraries take the path of a key, not the key itself. */
const GOOGLE_FILE = "GOOGLE_APPLICATION_CREDENTIALS";

/** The longest key that is read, in characters. */
const MAX_LENGTH = 64 * 1024;

/** What {@linkcode credentialEnvironment} reads from. */
export interface EnvironmentReader {
  /** A variable of the process. */
  get: (key: string) => string | undefined;
  readTextFile: (path: string) => string;
}

/**
 * Makes the credentials of the environment: its variables, but where one is the path of a key, the
 * key. A sandbox reads no files. Only the process's own environment may name paths: one in a Secret
 * would let its author read this machine's files.
 */
export function credentialEnvironment(
  { get, readTextFile }: EnvironmentReader,
): (key: string) => string | undefined {
  return (key) => {
    const value = get(key);
    if (key !== GOOGLE_FILE || value === undefined || value.trim().startsWith("{")) return value;
    if (value.trim() === "") return undefined;
    try {
      const text = readTextFile(value.trim());
      return text.length <= MAX_LENGTH ? text : undefined;
    } catch {
      // The path goes on, and the provider says that it is no key.
      return value;
    }
  };
}

/** The credentials of this process's environment. */
export const processEnvironment: (key: string) => string | undefined = credentialEnvironment({
  get: (key) => Deno.env.get(key),
  readTextFile: (path) => Deno.readTextFileSync(path),
});
