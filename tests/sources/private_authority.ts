import { command } from "./git_repository.ts";

/** A server's certificate with its key, as PEM. */
export interface Certificate {
  cert: string;
  key: string;
}

/**
 * Makes a certificate authority of its own, and a certificate of it for an address and `names`.
 *
 * @param address Default 127.0.0.1.
 */
export async function privateAuthority(
  names: readonly string[] = [],
  address = "127.0.0.1",
): Promise<{ ca: string; certificate: Certificate }> {
  const folder = await Deno.makeTempDir({ prefix: "genkitd-ca-" });
  const openssl = async (...args: string[]) => {
    const { success, stderr } = await command("openssl", { args, cwd: folder });
    if (!success) throw new Error(`openssl ${args[0]}: ${new TextDecoder().decode(stderr)}`);
  };
  const subjects = [`IP:${address}`, ...names.map((name) => `DNS:${name}`)].join(",");
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  try {
    await openssl(
      ...["req", "-x509", ...key, "-keyout", "ca.key", "-out", "ca.crt", "-days", "1"],
      ...["-subj", "/CN=Test authority"],
    );
    await openssl(
      ...["req", "-x509", ...key, "-keyout", "tls.key", "-out", "tls.crt", "-days", "1"],
      ...["-subj", "/CN=127.0.0.1", "-addext", `subjectAltName=${subjects}`],
      ...["-addext", "basicConstraints=critical,CA:FALSE", "-CA", "ca.crt", "-CAkey", "ca.key"],
    );
    const [ca, cert, tlsKey] = await Promise.all(
      ["ca.crt", "tls.crt", "tls.key"].map((name) => Deno.readTextFile(`${folder}/${name}`)),
    );
    return { ca: ca!, certificate: { cert: cert!, key: tlsKey! } };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
