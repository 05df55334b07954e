import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  type JWK,
  type JWTPayload,
  SignJWT,
} from "jose";

/** A signing key of an issuer. */
export interface IssuerKey {
  kid: string | undefined;
  alg: string;
  privateKey: CryptoKey;
  publicJwk: JWK;
}

/** Makes a signing key; without a name where `kid` is undefined. */
export async function issuerKey(kid: string | undefined, alg: string): Promise<IssuerKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const publicJwk = { ...await exportJWK(publicKey), ...kid !== undefined && { kid }, alg };
  return { kid, alg, privateKey, publicJwk };
}

/** An issuer of tokens on this machine, which ends with its scope. */
export interface TokenIssuer extends AsyncDisposable {
  /** Its name, and its address. */
  readonly url: string;
  readonly jwksUri: string;
  /** The keys that it publishes now. */
  keys: IssuerKey[];
  /** What was asked of it, by path. */
  readonly asked: string[];
  /** Takes the place of its answers where it is set. */
  answer: (() => Response | Promise<Response>) | undefined;
  /** Makes a token that is right, but for `change`; signed with its first key, or with `key`. */
  token(change?: JWTPayload, options?: { key?: IssuerKey; kid?: string }): Promise<string>;
}

/** The audience of its tokens. */
export const AUDIENCE = "greeter-api";

/** Starts an issuer with a key. */
export async function tokenIssuer(alg = "ES256"): Promise<TokenIssuer> {
  const asked: string[] = [];
  const answer = (pathname: string): Response | Promise<Response> => {
    if (issuer.answer) return issuer.answer();
    if (pathname === "/.well-known/openid-configuration") {
      return Response.json({ issuer: issuer.url, jwks_uri: issuer.jwksUri });
    }
    if (pathname !== "/keys") return new Response(null, { status: 404 });
    return Response.json({ keys: issuer.keys.map(({ publicJwk }) => publicJwk) });
  };
  // Deno.serve refuses the Response that @hono/node-server makes the global one.
  const server = createServer(async ({ url = "" }, to) => {
    asked.push(url);
    const response = await answer(url);
    to.writeHead(response.status, [...response.headers].flat());
    to.end(new Uint8Array(await response.arrayBuffer()));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const issuer: TokenIssuer = {
    url,
    jwksUri: `${url}/keys`,
    keys: [await issuerKey("first", alg)],
    asked,
    answer: undefined,
    token(change = {}, { key = issuer.keys[0]!, kid = key.kid } = {}) {
      const now = Math.floor(Date.now() / 1000);
      const claims = { iss: url, aud: AUDIENCE, sub: "ann", iat: now, exp: now + 300, ...change };
      return new SignJWT(claims)
        .setProtectedHeader({ alg: key.alg, ...kid !== undefined && { kid } })
        .sign(key.privateKey);
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
  return issuer;
}
