/** What the pods of a server find below /genkit, and which Secrets are part of it. */
export interface ServerContent {
  layout: "single" | "multi";
  /** Text by path, relative to /genkit. */
  files: ReadonlyMap<string, string>;
  /** Secrets whose keys appear as files; sorted by directory. */
  secrets: readonly SecretFiles[];
  /** Secrets whose keys appear as environment variables (single layout). */
  environment: readonly SecretEnvironment[];
}

/** Keys of a Secret as files: `<directory>/<key>`. */
export interface SecretFiles {
  /** Relative to /genkit, for example `flows/greeter/credentials`. */
  directory: string;
  secret: string;
  /** At least one. */
  keys: readonly string[];
}

/** A Secret's keys as environment variables; all of them where `keys` is empty. */
export interface SecretEnvironment {
  secret: string;
  keys: readonly string[];
}
