import { createHash, createHmac } from "node:crypto";
import type { IncomingMessage } from "node:http";

/**
 * Tells whether a request carries the signature (AWS Signature Version 4) that `secret` makes for
 * it, as https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 * specifies it.
 */
export function isSigned(request: IncomingMessage, body: Uint8Array, secret: string): boolean {
  const [, id, scope, names, signature] =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\S+), SignedHeaders=(\S+), Signature=(\w+)$/
      .exec(request.headers.authorization ?? "") ?? [];
  if (!id) return false;
  const url = new URL(request.url!, "http://host");
  // Every part of the path is encoded once more for the signature.
  const path = url.pathname.split("/").map((part) => encodeURIComponent(part)).join("/");
  const headers = names!.split(";").map((name) => `${name}:${request.headers[name]}\n`).join("");
  const canonical = [request.method, path, "", headers, names, sha256(body)].join("\n");
  const date = request.headers["x-amz-date"];
  const toSign = ["AWS4-HMAC-SHA256", date, scope, sha256(canonical)].join("\n");
  const key = scope!.split("/").reduce<string | Uint8Array>(hmac, `AWS4${secret}`);
  return hmac(key, toSign).toHex() === signature;
}

function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

function hmac(key: string | Uint8Array, data: string): Uint8Array {
  return new Uint8Array(createHmac("sha256", key).update(data).digest());
}
