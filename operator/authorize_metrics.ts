import type { Clock } from "../shared/clock.ts";
import type { Authorize } from "./http_server.ts";
import type { Client } from "./kubernetes/client.ts";
import type { Resource } from "./kubernetes/resource.ts";

const reviews = (group: string, kind: string, plural: string): Resource => ({
  group,
  version: "v1",
  kind,
  plural,
  namespaced: false,
});
const TOKEN_REVIEW = reviews("authentication.k8s.io", "TokenReview", "tokenreviews");
const ACCESS_REVIEW = reviews(
  "authorization.k8s.io",
  "SubjectAccessReview",
  "subjectaccessreviews",
);

/** For how long an answer holds, in milliseconds, and how many are kept. */
const FRESH = 60_000;
const MAX_KNOWN = 256;

/**
 * Asks the API server whose a token is (TokenReview), and whether that may GET /metrics
 * (SubjectAccessReview). Tokens are kept only as digests.
 */
export function authorizeMetrics(client: Pick<Client, "create">, clock: Clock): Authorize {
  const known = new Map<string, { answer: Awaited<ReturnType<Authorize>>; at: number }>();
  return async (token) => {
    if (token === undefined) return "unknown";
    const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
    const digest = new Uint8Array(bytes).toHex();
    const last = known.get(digest);
    if (last !== undefined && clock.now() - last.at < FRESH) return last.answer;
    const answer = await ask(client, token);
    known.delete(digest);
    known.set(digest, { answer, at: clock.now() });
    const [oldest] = known.keys();
    if (known.size > MAX_KNOWN) known.delete(oldest!);
    return answer;
  };
}

async function ask(
  client: Pick<Client, "create">,
  token: string,
): Promise<Awaited<ReturnType<Authorize>>> {
  const metadata = { name: "" };
  const { status } = await client.create(TOKEN_REVIEW, {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenReview",
    metadata,
    spec: { token },
  });
  const { authenticated, user } = (status ?? {}) as {
    authenticated?: boolean;
    user?: { username?: string; uid?: string; groups?: string[]; extra?: unknown };
  };
  if (authenticated !== true) return "unknown";
  const review = await client.create(ACCESS_REVIEW, {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SubjectAccessReview",
    metadata,
    spec: {
      user: user?.username,
      uid: user?.uid,
      groups: user?.groups,
      extra: user?.extra,
      nonResourceAttributes: { path: "/metrics", verb: "get" },
    },
  });
  return (review.status as { allowed?: boolean } | undefined)?.allowed === true
    ? "yes"
    : "forbidden";
}
