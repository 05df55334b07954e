/** The key pair that signs the tokens of ServiceAccounts, as PEM texts. */
export interface ServiceAccountKey {
  privateKey: string;
  publicKey: string;
}

/** Makes a new key pair. */
export async function createServiceAccountKey(): Promise<ServiceAccountKey> {
  const { privateKey, publicKey } = await crypto.subtle.generateKey(
    { name: "ECDSA", namedCurve: "P-256" },
    true,
    ["sign", "verify"],
  );
  return {
    privateKey: pem("PRIVATE KEY", await crypto.subtle.exportKey("pkcs8", privateKey)),
    publicKey: pem("PUBLIC KEY", await crypto.subtle.exportKey("spki", publicKey)),
  };
}

function pem(label: string, key: ArrayBuffer): string {
  const lines = new Uint8Array(key).toBase64().match(/.{1,64}/g)!;
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}
