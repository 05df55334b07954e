import assert from "assert";
import { isAllowedRealm, parseAuthChallenge } from "../../shared/sources/oci/auth_challenge.ts";
import { parseOciReference } from "../../shared/sources/oci/oci_reference.ts";
import { parseOciUrl } from "../../shared/sources/oci/oci_url.ts";

const DIGEST = `sha256:${"a1".repeat(32)}`;

Deno.test("an address is a registry, a repository, and at most a tag and a digest", () => {
  const cases: [string, unknown][] = [
    ["oci://ghcr.io/team/flows:v1", { registry: "ghcr.io", repository: "team/flows", tag: "v1" }],
    ["oci://localhost:5000/flows", { registry: "localhost:5000", repository: "flows" }],
    ["oci://[::1]:5000/flows", { registry: "[::1]:5000", repository: "flows" }],
    [`oci://a.io/x@${DIGEST}`, { registry: "a.io", repository: "x", digest: DIGEST }],
    [`oci://a.io/x:t@${DIGEST}`, {
      registry: "a.io",
      repository: "x",
      tag: "t",
      digest: DIGEST,
    }],
  ];
  for (const [url, parsed] of cases) assert.deepEqual(parseOciReference(url), parsed);
});

Deno.test("what is no address says so, and what it should be like", () => {
  const cases: [string, RegExp][] = [
    ["https://a.io/x", /it does not begin with oci:\/\//],
    ["oci://", /does not begin/],
    ["oci://flows", /it has a registry or a repository, not both/],
    ["oci:///flows", /it has no registry's host/],
    ["oci://a.io/Flows", /its repository is "Flows"/],
    ["oci://a.io/../flows", /its repository is "\.\.\/flows"/],
    ["oci://a.io/x:", /its tag is ""/],
    ["oci://a.io/x:v1/y", /its tag is "v1\/y"/],
    ["oci://a.io/x@sha256:abc", /its digest is "sha256:abc"/],
    ["oci://a.io/x@sha512:abc", /its digest is "sha512:abc"/],
    [`oci://a.io/x@${DIGEST}@${DIGEST}`, /its digest is/],
  ];
  for (const [url, message] of cases) {
    assert.throws(() => parseOciReference(url), message, url);
    assert.throws(() => parseOciReference(url), /should be like "oci:\/\/registry\.example/, url);
  }
});

Deno.test("credentials in an address are refused, and not told on", () => {
  for (const url of ["oci://ann:secret@a.io/x", "oci://ann:se/secret@a.io/x:v1"]) {
    assert.throws(() => parseOciReference(url), (error: Error) => {
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  }
});

Deno.test("the address of a command line has settings behind it", () => {
  const oci = parseOciUrl(
    "oci://a.io/x?semver=%3E%3D1.2+%3C2&path=prod&interval=30s&insecure=true",
  );
  assert.equal(oci.url, "oci://a.io/x");
  assert.deepEqual(oci.ref, { semver: ">=1.2 <2" });
  assert.deepEqual([oci.path, oci.interval, oci.insecure], ["prod", "30s", true]);
  const cases: [string, RegExp][] = [
    ["oci://a.io/x?pat=y", /has the unknown setting "pat" \(did you mean "path"\?\)/],
    ["oci://a.io/x?path=y&path=z", /has "path" twice/],
    ["oci://a.io/x?interval=1", /interval is "1", should be a duration with a unit/],
    ["oci://a.io/x?insecure=yes", /insecure is "yes", should be true or false/],
    ["oci://a.io/x?semver=new", /semver is "new", should be a range of versions/],
    ["oci://a.io/x:v1?semver=1", /has a tag and semver, should have one/],
  ];
  for (const [url, message] of cases) assert.throws(() => parseOciUrl(url), message, url);
});

Deno.test("a challenge names what is asked for", () => {
  assert.equal(parseAuthChallenge(null), undefined);
  assert.equal(parseAuthChallenge("Negotiate"), undefined);
  assert.equal(parseAuthChallenge('Bearer service="x"'), undefined, "without a realm");
  assert.equal(parseAuthChallenge(`Bearer realm="${"x".repeat(5000)}"`), undefined, "too long");
  assert.deepEqual(parseAuthChallenge('Basic realm="x"'), { scheme: "basic" });
  assert.deepEqual(
    parseAuthChallenge('bearer Realm="https://a.io/t",service="s",scope="a:b:pull,push"'),
    { scheme: "bearer", bearer: { realm: "https://a.io/t", service: "s", scope: "a:b:pull,push" } },
  );
  const two = parseAuthChallenge('Bearer realm="https://a.io/t", Basic realm="https://b.io"');
  assert.deepEqual(two, { scheme: "bearer", bearer: { realm: "https://a.io/t" } });
  for (const first of ["Negotiate", 'Basic realm="https://b.io"']) {
    assert.deepEqual(parseAuthChallenge(`${first}, Bearer realm="https://a.io/t"`), two, first);
  }
  assert.deepEqual(parseAuthChallenge('NTLM, Basic realm="x"'), { scheme: "basic" });
  const negotiated = parseAuthChallenge(
    'Negotiate a87421000492aa==, Bearer realm="https://a.io/t"',
  );
  assert.deepEqual(negotiated, two, "with a token of its own");
  const spaced = parseAuthChallenge(' BEARER  realm = "https://a.io/t" ,, charset = "UTF-8"');
  assert.deepEqual(spaced, two, "with white space and empty elements");
  assert.deepEqual(
    parseAuthChallenge('Basic realm="x, Bearer realm=https://evil.io"'),
    { scheme: "basic" },
    "a challenge within quotes is none",
  );
  assert.deepEqual(
    parseAuthChallenge('Bearer realm="https://a.io/t",service="a \\"b\\", c"'),
    { scheme: "bearer", bearer: { realm: "https://a.io/t", service: 'a "b", c' } },
    "quotes within quotes",
  );
  assert.deepEqual(parseAuthChallenge("Basic"), { scheme: "basic" });
  assert.equal(parseAuthChallenge('Bearer realm=""'), undefined, "an empty realm");
});

Deno.test("a realm is the registry's own host, a known one, or the one that is named", () => {
  const allowed = (realm: string, registry: string, tokenHost?: string) =>
    isAllowedRealm(realm, new URL(registry), tokenHost);
  assert.ok(allowed("https://ghcr.io/token", "https://ghcr.io"));
  assert.ok(allowed("https://a.io:8443/token", "https://a.io"));
  assert.ok(allowed("https://auth.docker.io/token", "https://registry-1.docker.io"));
  assert.ok(allowed("https://auth.docker.io/token", "https://index.docker.io"));
  assert.ok(
    allowed("https://api.digitalocean.com/v2/registry/auth", "https://registry.digitalocean.com"),
  );
  assert.ok(allowed("https://gitlab.example/jwt/auth", "https://reg.example", "gitlab.example"));
  assert.ok(allowed("http://127.0.0.1:1/token", "http://127.0.0.1:2"));

  assert.ok(!allowed("https://evil.io/token", "https://a.io"));
  assert.ok(!allowed("https://auth.docker.io/token", "https://a.io"));
  assert.ok(!allowed("https://a.io.evil.io/token", "https://a.io"));
  assert.ok(!allowed("http://a.io/token", "https://a.io"), "without TLS");
  assert.ok(!allowed("http://gitlab.example/", "https://a.io", "gitlab.example"), "without TLS");
  assert.ok(!allowed("https://ann:pw@a.io/token", "https://a.io"), "with credentials");
  assert.ok(!allowed("file:///token", "https://a.io"));
  assert.ok(!allowed("token", "https://a.io"));
});
