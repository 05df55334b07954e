import assert from "assert";
import { collectCredentials } from "../../../../runner/credentials.ts";
import { googleIdentity } from "../../../../runner/identity/google_identity.ts";
import { WorkloadIdentities } from "../../../../runner/identity/workload_identities.ts";
import { systemClock } from "../../../../shared/clock.ts";
import { findProvider } from "../../../../shared/providers.ts";

const google = { "metadata-flavor": "Google" };
const signal = new AbortController().signal;

/** An identity whose metadata server answers so by path, and the requests that it got. */
function identity(
  answer: (path: string) => Response | Promise<Response>,
  variables: Record<string, string> = {},
) {
  const requests: { url: string; flavor: string | null }[] = [];
  const made = googleIdentity({
    environment: (key) => variables[key],
    fetch: (input, init) => {
      const { url, headers } = new Request(input, init);
      requests.push({ url, flavor: headers.get("metadata-flavor") });
      return Promise.resolve(answer(new URL(url).pathname));
    },
  });
  return { ...made, requests };
}

const token = { access_token: "ya29.pod", expires_in: 3599, token_type: "Bearer" };
const good = (path: string) =>
  path.endsWith("/token")
    ? Response.json(token, { headers: google })
    : new Response("pod-project\n", { headers: google });

Deno.test("googleIdentity: the token and the project of the pod's service account", async () => {
  const { provider, obtain, requests } = identity(good);
  assert.equal(provider, "vertexai");
  assert.deepEqual(await obtain(signal), {
    credentials: { GOOGLE_ACCESS_TOKEN: "ya29.pod", GOOGLE_CLOUD_PROJECT: "pod-project" },
    lifetime: 3_599_000,
  });
  const base = "http://169.254.169.254/computeMetadata/v1";
  assert.deepEqual(requests, [
    { url: `${base}/instance/service-accounts/default/token`, flavor: "Google" },
    { url: `${base}/project/project-id`, flavor: "Google" },
  ]);
});

Deno.test("googleIdentity: GCE_METADATA_HOST names another server", async () => {
  const { obtain, requests } = identity(good, { GCE_METADATA_HOST: "localhost:8080" });
  await obtain(signal);
  assert.ok(requests.every(({ url }) => url.startsWith("http://localhost:8080/")));
});

Deno.test("googleIdentity: without a project there is a token still", async () => {
  const { obtain } = identity((path) =>
    path.endsWith("/token") ? good(path) : new Response("", { status: 404, headers: google })
  );
  assert.deepEqual((await obtain(signal)).credentials, { GOOGLE_ACCESS_TOKEN: "ya29.pod" });
});

const at = "Google's metadata server at 169.254.169.254";
const failures: Record<string, [answer: () => Response | Promise<Response>, message: string]> = {
  "nobody": [() => Promise.reject(new TypeError("no route")), `${at} could not be reached`],
  "another cloud's": [() => new Response("secret", { status: 401 }), `${at} is not one`],
  "no service account": [
    () => new Response("secret", { status: 404, headers: google }),
    `${at} answered 404`,
  ],
  "a page": [() => new Response("secret", { headers: google }), `${at} gave no token`],
};
for (const [name, [answer, message]] of Object.entries(failures)) {
  Deno.test(`googleIdentity: no token from ${name}`, async () => {
    await assert.rejects(identity(answer).obtain(signal), { message });
  });
}

Deno.test("googleIdentity: a flow of vertexai without a Secret works with the pod's token", async () => {
  const identities = new WorkloadIdentities({
    identities: [identity(good)],
    clock: systemClock,
    log: { warn: () => {} },
  });
  const none = { get: () => undefined, hint: () => "add it" };
  const collect = () =>
    collectCredentials(findProvider("vertexai")!, [], identities.source("vertexai", none));
  assert.ok("missing" in collect(), "it is asked for first");
  await identities.settled();
  assert.deepEqual(collect(), {
    credentials: { GOOGLE_ACCESS_TOKEN: "ya29.pod", GOOGLE_CLOUD_PROJECT: "pod-project" },
  });
  identities.close();
});
