import { loadFlow } from "../../runner/sandbox/flow.ts";
import { flowDefinition } from "./flow_definition.ts";
import { geminiFormat, googleError } from "./gemini_wire.ts";
import type { Wire } from "./provider_matrix.ts";
import type { ProviderRequest } from "./provider_server.ts";

const pair = await crypto.subtle.generateKey(
  {
    name: "RSASSA-PKCS1-v1_5",
    hash: "SHA-256",
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
  },
  true,
  ["sign", "verify"],
) as CryptoKeyPair;

const PEM = await (async () => {
  const bytes = new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey));
  const lines = bytes.toBase64().match(/.{1,64}/g)!.join("\n");
  return `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`;
})();

/** The project of the keys that tests make. */
export const PROJECT = "my-project";

/** The JSON of a service account's key; the token that it gets is `name`. */
export function serviceAccount(name: string, change: Record<string, unknown> = {}): string {
  return JSON.stringify({
    type: "service_account",
    project_id: PROJECT,
    private_key_id: "key-1",
    private_key: PEM,
    client_email: `${name}@${PROJECT}.iam.gserviceaccount.com`,
    // Of nobody's: where tokens come from is not for the key's file to say.
    token_uri: "https://tokens.example/token",
    ...change,
  });
}

/** A JWT's claims; undefined where its signature is not the service account's. */
export async function readStatement(jwt: string): Promise<
  { header: Record<string, unknown>; claims: Record<string, unknown> } | undefined
> {
  const [header, claims, signature] = jwt.split(".") as [string, string, string];
  const bytes = (part: string) => Uint8Array.fromBase64(part, { alphabet: "base64url" });
  const text = new TextEncoder().encode(`${header}.${claims}`);
  const algorithm = "RSASSA-PKCS1-v1_5";
  if (!await crypto.subtle.verify(algorithm, pair.publicKey, bytes(signature), text)) return;
  const parse = (part: string) => JSON.parse(new TextDecoder().decode(bytes(part)));
  return { header: parse(header), claims: parse(claims) };
}

/** Answers the exchange of a statement for a token. */
export function tokenAnswer({ path, body }: ProviderRequest): Response | undefined {
  if (path !== "/token") return undefined;
  const claims = body.assertion.split(".")[1];
  const bytes = Uint8Array.fromBase64(claims, { alphabet: "base64url" });
  const { iss } = JSON.parse(new TextDecoder().decode(bytes));
  const access_token = iss.split("@")[0];
  return Response.json({ access_token, expires_in: 3599, token_type: "Bearer" });
}

/** The token of a request. */
export function tokenOf({ headers }: ProviderRequest): string | null {
  return /^Bearer (.*)$/.exec(headers.get("authorization") ?? "")?.[1] ?? null;
}

const KEY = "ya29-the-right-token";

/** Gemini on Vertex AI, with a service account's key. */
export function vertexWire(model = "gemini-2.5-flash"): Wire {
  return {
    provider: "vertexai",
    key: KEY,
    load: (url, { source, tools = [], key }) =>
      loadFlow({
        definition: flowDefinition({ main: source }, {
          config: {
            plugin: {
              type: "vertexai",
              region: "europe-west1",
              extraConfig: { baseURL: url, tokenURL: `${url}/token` },
            },
            defaultModel: { provider: "vertexai", model },
          },
          tools,
        }),
        credentials: { GOOGLE_APPLICATION_CREDENTIALS: serviceAccount(key) },
      }),
    keyOf: tokenOf,
    ...geminiFormat,
    error: (code, headers) => googleError(code, KEY, headers),
    other: tokenAnswer,
  };
}
