import assert from "assert";
import { findProvider } from "../../../shared/providers.ts";
import { googleTokenUrl, vertexLocation, vertexUrl } from "../../../shared/vertex.ts";

const { hosts } = findProvider("vertexai")!;
const oauth2 = "oauth2.googleapis.com:443";
const key = { GOOGLE_APPLICATION_CREDENTIALS: '{"token_uri": "https://evil.example/"}' };

Deno.test("vertexai's hosts: each location has its own", () => {
  const of = (region?: string) => hosts({ region, credentials: { GOOGLE_ACCESS_TOKEN: "t" } });
  assert.deepEqual(of(), ["us-central1-aiplatform.googleapis.com:443"]);
  assert.deepEqual(of("northamerica-northeast1"), [
    "northamerica-northeast1-aiplatform.googleapis.com:443",
  ]);
  assert.deepEqual(of("global"), ["aiplatform.googleapis.com:443"]);
  assert.deepEqual(of("eu"), ["aiplatform.eu.rep.googleapis.com:443"]);
});

Deno.test("vertexai's hosts: tokens come from Google, whatever the key's JSON says", () => {
  assert.deepEqual(hosts({ region: "global", credentials: key })[1], oauth2);
  assert.deepEqual(hosts({ region: "global" })[1], oauth2, "before the Secret is read");
});

Deno.test("vertexai's hosts: only a key is exchanged, and express mode is global", () => {
  const credentials = { VERTEX_API_KEY: "AQ.key" };
  assert.deepEqual(hosts({ region: "us-east1", credentials }), ["aiplatform.googleapis.com:443"]);
});

Deno.test("vertexai's hosts: baseURL and tokenURL are the operator's to set", () => {
  const extraConfig = { baseURL: "http://proxy:8080/x", tokenURL: "http://tokens:81/t" };
  assert.deepEqual(hosts({ extraConfig, credentials: key }), ["proxy:8080", "tokens:81"]);
  assert.equal(googleTokenUrl(extraConfig), "http://tokens:81/t");
  assert.throws(
    () => googleTokenUrl({ tokenURL: "http://169.254.169.254/" }),
    /Cannot use extraConfig\.tokenURL with the host "169\.254\.169\.254"/,
  );
});

Deno.test("vertexLocation: the region, else extraConfig's", () => {
  assert.equal(vertexLocation({ region: "us-east1", extraConfig: { location: "eu" } }), "us-east1");
  assert.equal(vertexLocation({ extraConfig: { location: "eu" } }), "eu");
  assert.equal(vertexLocation({ extraConfig: { region: "eu" } }), "eu");
});

for (const region of ["evil.example/", "us-central1.evil.example", "US", "us central1", "x"]) {
  Deno.test(`vertexLocation: ${JSON.stringify(region)} is none`, () => {
    assert.throws(() => vertexLocation({ region }), {
      message: `Cannot use the region ${JSON.stringify(region)}: ` +
        'it should be like "us-central1" or "global"',
    });
  });
}

Deno.test("vertexUrl: a base URL without a slash at its end", () => {
  assert.equal(vertexUrl("us-east1"), "https://us-east1-aiplatform.googleapis.com");
});
