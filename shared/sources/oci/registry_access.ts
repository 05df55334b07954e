import { Buffer } from "node:buffer";
import { FetchFailure } from "../fetcher.ts";

/** What a registry is given to let one in. */
export interface RegistryCredentials {
  username: string;
  password: string;
  /** An identity token (OAuth 2 refresh token), in place of a password. */
  identityToken?: string;
}

/** One entry of a Docker config. */
interface DockerAuth {
  auth?: unknown;
  username?: unknown;
  password?: unknown;
  identitytoken?: unknown;
}

/**
 * Finds the credentials for a registry in a Secret's values: `username` and `password`, or Docker's
 * `.dockerconfigjson` (also `config.json`, and the older `.dockercfg`), whose entry is of exactly
 * this host. In place of a Docker config a pair may stand there, `{"username": …, "password": …}`.
 * Undefined means anonymous.
 *
 * @param registry Host with its port, where it has one.
 * @throws {FetchFailure} where there is a Docker config that is not one; nothing of it is quoted.
 */
export function registryCredentials(
  values: Readonly<Record<string, string>>,
  registry: string,
): RegistryCredentials | undefined {
  const { username, password } = values;
  if (username !== undefined && password !== undefined) {
    return { username: username.trim(), password: password.trim() };
  }
  for (const key of [".dockerconfigjson", "config.json", ".dockercfg"]) {
    const text = values[key];
    if (text === undefined) continue;
    const config = jsonOf(text, key);
    // A pair written as JSON, whatever the key's name says.
    if (typeof config.username === "string" && typeof config.password === "string") {
      return { username: config.username.trim(), password: config.password.trim() };
    }
    const auths = dockerAuths(config, key);
    const entry = Object.entries(auths).find(([host]) => hostOf(host) === dockerHost(registry));
    return entry && credentialsOf(entry[1], key);
  }
  return undefined;
}

function jsonOf(text: string, key: string): Record<string, unknown> {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    throw unusable(`the key "${key}" of the credentials is not JSON`);
  }
}

function dockerAuths(config: Record<string, unknown>, key: string): Record<string, DockerAuth> {
  const auths = key === ".dockercfg" ? config : config.auths ?? {};
  if (typeof auths !== "object" || auths === null) {
    throw unusable(`"auths" in the key "${key}" of the credentials is no object`);
  }
  return auths as Record<string, DockerAuth>;
}

/** Docker writes hosts as they are, as URLs, or with a path: `https://index.docker.io/v1/`. */
function hostOf(entry: string): string {
  return dockerHost(entry.replace(/^https?:\/\//, "").replace(/\/.*$/, "").toLowerCase());
}

/** Docker Hub has several names. */
function dockerHost(registry: string): string {
  return ["docker.io", "index.docker.io", "registry-1.docker.io"].includes(registry)
    ? "docker.io"
    : registry.toLowerCase();
}

function credentialsOf(entry: DockerAuth | null, key: string): RegistryCredentials | undefined {
  const { auth, username, password, identitytoken } = entry ?? {};
  const token = typeof identitytoken === "string" && identitytoken !== ""
    ? { identityToken: identitytoken }
    : {};
  if (typeof username === "string" && typeof password === "string") {
    return { username, password, ...token };
  }
  if (typeof auth !== "string" || auth === "") {
    return "identityToken" in token ? { username: "", password: "", ...token } : undefined;
  }
  const text = Buffer.from(auth, "base64").toString();
  const colon = text.indexOf(":");
  if (colon < 0) {
    throw unusable(`"auth" in the key "${key}" of the credentials is not user:password`);
  }
  return { username: text.slice(0, colon), password: text.slice(colon + 1), ...token };
}

function unusable(message: string): FetchFailure {
  return new FetchFailure("AuthenticationFailed", message);
}
