import assert from "assert";
import { authorizeMetrics } from "../../../operator/authorize_metrics.ts";
import type { KubernetesObject } from "../../../operator/kubernetes/object.ts";
import { objectPath, type Resource } from "../../../operator/kubernetes/resource.ts";
import { ManualClock } from "../manual_clock.ts";

const user = {
  username: "system:serviceaccount:monitoring:prometheus",
  uid: "u1",
  groups: ["system:serviceaccounts"],
  extra: { "example.com/scope": ["read"] },
};

/** Asks an API server that knows the token "good" and allows what `allowed` says. */
function asking({ allowed }: { allowed: boolean } = { allowed: true }) {
  const reviews: { path: string; kind: string; spec: Record<string, unknown> }[] = [];
  const state: { failure: Error | undefined } = { failure: undefined };
  const clock = new ManualClock();
  const create = (resource: Resource, object: KubernetesObject): Promise<KubernetesObject> => {
    const spec = object.spec as Record<string, unknown>;
    const { kind } = object;
    reviews.push({ path: objectPath(resource, { name: "" }), kind, spec });
    if (state.failure !== undefined) return Promise.reject(state.failure);
    const known = String(spec.token).startsWith("good");
    const status = kind === "TokenReview"
      ? { authenticated: known, ...known && { user } }
      : { allowed };
    return Promise.resolve({ ...object, status });
  };
  return { authorize: authorizeMetrics({ create }, clock), reviews, state, clock };
}

Deno.test("whose token it is and what that may do is asked of the API server", async () => {
  const { authorize, reviews } = asking();
  assert.equal(await authorize("good"), "yes");
  assert.deepEqual(reviews, [
    {
      path: "/apis/authentication.k8s.io/v1/tokenreviews/",
      kind: "TokenReview",
      spec: { token: "good" },
    },
    {
      path: "/apis/authorization.k8s.io/v1/subjectaccessreviews/",
      kind: "SubjectAccessReview",
      spec: {
        user: "system:serviceaccount:monitoring:prometheus",
        uid: "u1",
        groups: ["system:serviceaccounts"],
        extra: { "example.com/scope": ["read"] },
        nonResourceAttributes: { path: "/metrics", verb: "get" },
      },
    },
  ]);
});

Deno.test("who may not get /metrics is forbidden", async () => {
  const { authorize } = asking({ allowed: false });
  assert.equal(await authorize("good"), "forbidden");
});

Deno.test("a token that the API server does not know is unknown, and nothing more is asked", async () => {
  const { authorize, reviews } = asking();
  assert.equal(await authorize("bad"), "unknown");
  assert.deepEqual(reviews.map(({ kind }) => kind), ["TokenReview"]);
});

Deno.test("without a token nothing is asked", async () => {
  const { authorize, reviews } = asking();
  assert.equal(await authorize(undefined), "unknown");
  assert.deepEqual(reviews, []);
});

Deno.test("an answer holds for a minute, of its token only", async () => {
  const { authorize, reviews, clock } = asking();
  await authorize("good");
  clock.advance(59_999);
  assert.equal(await authorize("good"), "yes");
  assert.equal(reviews.length, 2);
  assert.equal(await authorize("bad"), "unknown");
  assert.equal(await authorize("bad"), "unknown");
  assert.equal(reviews.length, 3);
  clock.advance(1);
  await authorize("good");
  assert.equal(reviews.length, 5);
});

Deno.test("an API server that fails is asked again the next time", async () => {
  const { authorize, reviews, state } = asking();
  state.failure = new Error("no answer");
  await assert.rejects(authorize("good"), /no answer/);
  state.failure = undefined;
  assert.equal(await authorize("good"), "yes");
  assert.equal(reviews.length, 3);
});

Deno.test("of 256 tokens the answers are kept; the oldest goes first", async () => {
  const { authorize, reviews } = asking();
  for (let index = 0; index <= 256; index++) await authorize(`bad-${index}`);
  reviews.length = 0;
  await authorize("bad-1");
  assert.equal(reviews.length, 0);
  await authorize("bad-0");
  assert.equal(reviews.length, 1);
});
