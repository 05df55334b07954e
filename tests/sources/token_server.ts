import { importPKCS8, SignJWT } from "jose";
import { privateAuthority } from "./private_authority.ts";
import { USER } from "./registry_server.ts";

/** The identity token that a {@linkcode TokenServer} takes. */
export const IDENTITY_TOKEN = "an-identity-token";

/** A server that gives out tokens for a registry. */
export interface TokenServer extends AsyncDisposable {
  /** What a registry is configured with. */
  auth: { realm: string; service: string; issuer: string; certificate: string };
  /** `<port>` on 127.0.0.1. */
  port: number;
  /** Who asked, with what: `<method> <authorization or grant> <scope>`. */
  asked: string[];
}

/**
 * Starts a server of tokens as https://distribution.github.io/distribution/spec/auth/jwt/ has them:
 * everybody may pull, {@linkcode USER} and who has the identity token may push.
 *
 * @param host The host's name in the realm.
 */
export async function tokenServer(host = "127.0.0.1"): Promise<TokenServer> {
  const { ca, certificate } = await privateAuthority();
  const key = await importPKCS8(certificate.key, "ES256");
  const x5c = [certificate.cert.replaceAll(/-----[A-Z ]+-----|\s/g, "")];
  const asked: string[] = [];
  const [issuer, service] = ["test issuer", "test registry"];
  const basic = `Basic ${btoa(`${USER.username}:${USER.password}`)}`;

  const answer = async (request: Request): Promise<Response> => {
    const isPost = request.method === "POST";
    const form = isPost
      ? new URLSearchParams(await request.text())
      : new URL(request.url).searchParams;
    const login = isPost ? form.get("refresh_token") : request.headers.get("authorization");
    const scope = form.get("scope") ?? "";
    asked.push(`${request.method} ${login ?? "anonymous"} ${scope}`);
    const known = login === basic || login === IDENTITY_TOKEN;
    if (login !== null && !known) return new Response(`no such login: ${login}`, { status: 401 });
    const [type, name, actions = ""] = scope.split(":");
    const allowed = actions.split(",").filter((action) => action === "pull" || known);
    const token = await new SignJWT({ access: [{ type, name, actions: allowed }] })
      .setProtectedHeader({ alg: "ES256", typ: "JWT", x5c })
      .setIssuer(issuer).setSubject("ann").setAudience(form.get("service") ?? "")
      .setIssuedAt().setNotBefore("-1m").setExpirationTime("5m").setJti("1")
      .sign(key);
    return Response.json(isPost ? { access_token: token } : { token });
  };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, answer);
  const { port } = server.addr;
  return {
    auth: { realm: `http://${host}:${port}/token`, service, issuer, certificate: ca },
    port,
    asked,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
