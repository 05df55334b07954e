/** Names and addresses of the clouds' metadata servers, which give out a machine's credentials. */
const METADATA = new Set([
  "metadata",
  "metadata.google.internal",
  "instance-data",
  "instance-data.ec2.internal",
  "100.100.100.200",
  "168.63.129.16",
  "[fd00:ec2::254]",
]);

/**
 * Checks the base URL of a provider, which a PluginConfig's author chose and to which credentials
 * will be sent.
 *
 * @param setting The setting's name, for the message, e.g. `extraConfig.baseURL`.
 * @throws {Error} where it is no http or https URL, holds credentials, a query or a fragment, or
 * leads to a link-local address or a cloud's metadata server.
 */
export function parseBaseUrl(value: unknown, setting: string): URL {
  if (typeof value !== "string" || !URL.canParse(value)) {
    throw new Error(`Cannot use ${setting}: it is no URL, and should be like "https://host/path"`);
  }
  const url = new URL(value);
  // Only the host is shown: what stands before it may be a password.
  const refuse = (fault: string) =>
    new Error(`Cannot use ${setting} with the host "${url.host}": it ${fault}`);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw refuse(`has the scheme "${url.protocol.slice(0, -1)}", and should have https`);
  }
  if (url.username !== "" || url.password !== "") {
    throw refuse("holds a user name or password, which belong in a Secret");
  }
  if (url.search !== "" || url.hash !== "") {
    throw refuse("holds a query or a fragment, and should end with its path");
  }
  const host = url.hostname.replace(/\.$/, "");
  if (METADATA.has(host) || isLinkLocal(host)) {
    throw refuse("leads to a link-local address or a cloud's metadata server");
  }
  return url;
}

/** A URL's host with its port, as Deno's network permissions name it: `host:443`, `[::1]:8080`. */
export function hostAndPort(url: URL): string {
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  return `${url.hostname.replace(/\.$/, "")}:${port}`;
}

/** 169.254.0.0/16 and fe80::/10, also where IPv4 stands inside IPv6 (`[::ffff:a9fe:a9fe]`). */
function isLinkLocal(host: string): boolean {
  return /^169\.254\./.test(host) || /^\[fe[89ab][0-9a-f]:/.test(host) ||
    /^\[(::ffff:|64:ff9b::|::)a9fe:[0-9a-f]+\]$/.test(host);
}
