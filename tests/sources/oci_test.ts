import assert from "assert";
import { pushArtifact, putManifest } from "../../shared/sources/oci/push_artifact.ts";
import { bytes, failure, fetcher, filesOf, push, registryOf, signal } from "./oci_reading.ts";
import { registryServer, USER } from "./registry_server.ts";

Deno.test("an artifact is read by tag, digest and range of versions, and again when it changes", async (t) => {
  await using server = await registryServer();
  const first = await push(server, "v1.0.0", { "a.yaml": "a: 1", "sub/b.yaml": "b: 1" });
  await push(server, "v1.2.0", { "a.yaml": "a: 2" });
  await push(server, "v2.0.0", { "a.yaml": "a: 3" });
  await push(server, "latest", { "a.yaml": "a: 4" });

  await t.step("the tag of the address, else latest", async () => {
    assert.deepEqual(await filesOf(fetcher(server, ":v1.0.0")), {
      "a.yaml": "a: 1",
      "sub/b.yaml": "b: 1",
    });
    assert.deepEqual(await filesOf(fetcher(server)), { "a.yaml": "a: 4" });
    assert.deepEqual(await filesOf(fetcher(server, ":v9", { ref: { tag: "v1.2.0" } })), {
      "a.yaml": "a: 2",
    });
  });
  await t.step("a digest", async () => {
    const byDigest = fetcher(server, `@${first.digest}`);
    const snapshot = await byDigest.fetch(signal);
    assert.equal(snapshot?.revision, first.digest);
    assert.equal(snapshot?.files.get("a.yaml"), "a: 1");
    assert.equal(await byDigest.fetch(signal), undefined);
  });
  await t.step("the highest version in a range, and a higher one when it appears", async () => {
    const ranged = fetcher(server, "", { ref: { semver: ">=1.0 <2" } });
    const snapshot = await ranged.fetch(signal);
    assert.match(snapshot!.revision, /^v1\.2\.0@sha256:/);
    await push(server, "v1.3.0", { "a.yaml": "a: 5" });
    assert.deepEqual(await filesOf(ranged), { "a.yaml": "a: 5" });
  });
  await t.step("a tag that is moved, and moved back", async () => {
    const moved = fetcher(server, ":stable");
    await push(server, "stable", { "a.yaml": "a: 1" });
    const one = await moved.fetch(signal);
    assert.equal(await moved.fetch(signal), undefined);
    await push(server, "stable", { "a.yaml": "a: 2" });
    assert.deepEqual(await filesOf(moved), { "a.yaml": "a: 2" });
    await push(server, "stable", { "a.yaml": "a: 1" });
    const back = await moved.fetch(signal);
    assert.deepEqual([back?.revision, back?.files], [one?.revision, one?.files]);
  });
  await t.step("a folder of it, or one file", async () => {
    assert.deepEqual(await filesOf(fetcher(server, ":v1.0.0", { path: "./sub/" })), {
      "sub/b.yaml": "b: 1",
    });
    assert.deepEqual(await filesOf(fetcher(server, ":v1.0.0", { path: "a.yaml" })), {
      "a.yaml": "a: 1",
    });
    const { message } = await failure(fetcher(server, ":v1.0.0", { path: "sup" }));
    assert.match(message, /no folder or file "sup" in it \(did you mean "sub"\?\)$/);
  });
  await t.step("what is not there is said, with what is nearly it", async () => {
    const { reason, message } = await failure(fetcher(server, ":v1.0.1"));
    assert.equal(reason, "NotFound");
    assert.match(
      message,
      /^Cannot read OCI artifact "oci:\/\/127.+": there is no tag "v1\.0\.1" \(did you mean "v1\.0\.0"\?\)$/,
    );
    const range = await failure(fetcher(server, "", { ref: { semver: ">=7" } }));
    assert.match(
      range.message,
      /no tag is a version in the range ">=7"; its last tags are .*v2\.0\.0/,
    );
  });
});

Deno.test("the same files are the same artifact", async () => {
  await using server = await registryServer();
  const one = await push(server, "a", { "a.yaml": "a: 1", "b.yaml": "b: 1" });
  const two = await push(server, "b", { "b.yaml": "b: 1", "a.yaml": "a: 1" });
  assert.equal(one.digest, two.digest);
});

Deno.test("an index gives the manifest that is for no platform, or for this machine", async () => {
  await using server = await registryServer();
  const own = Deno.build.arch === "x86_64" ? "amd64" : "arm64";
  const [a, b] = [
    await push(server, "a", { "a.yaml": "a: 1" }),
    await push(server, "b", { "a.yaml": "a: 2" }),
  ];
  const index = async (tag: string, manifests: Record<string, unknown>[]) => {
    const mediaType = "application/vnd.oci.image.index.v1+json";
    using registry = registryOf(server);
    const text = JSON.stringify({ schemaVersion: 2, mediaType, manifests });
    await putManifest(registry, { name: tag, mediaType, bytes: bytes(text), signal });
  };
  using registry = registryOf(server);
  const size = async (digest: string) => {
    const accept = "application/vnd.oci.image.manifest.v1+json";
    const response = await registry.send({
      path: `manifests/${digest}`,
      headers: { accept },
      signal,
    });
    return (await response.arrayBuffer()).byteLength;
  };
  const entry = async ({ digest }: { digest: string }, platform?: Record<string, string>) => ({
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    digest,
    size: await size(digest),
    ...platform && { platform },
  });
  await index("plain", [await entry(a, { os: "linux", architecture: own }), await entry(b)]);
  assert.deepEqual(await filesOf(fetcher(server, ":plain")), { "a.yaml": "a: 2" });
  await index("platforms", [
    await entry(a, { os: "linux", architecture: "s390x" }),
    await entry(b, { os: "linux", architecture: own }),
    await entry(a, { os: "unknown", architecture: "unknown" }),
  ]);
  assert.deepEqual(await filesOf(fetcher(server, ":platforms")), { "a.yaml": "a: 2" });
  await index("in-1", [await entry(a)]);
  for (let depth = 2; depth <= 5; depth++) {
    const mediaType = "application/vnd.oci.image.index.v1+json";
    const response = await registry.send({
      path: `manifests/in-${depth - 1}`,
      headers: { accept: mediaType },
      signal,
    });
    const { length: size } = await response.bytes();
    const digest = response.headers.get("docker-content-digest");
    await index(`in-${depth}`, [{ mediaType, digest, size }]);
  }
  assert.deepEqual(await filesOf(fetcher(server, ":in-4")), { "a.yaml": "a: 1" });
  assert.match(
    (await failure(fetcher(server, ":in-5"))).message,
    /its index holds indexes within indexes, more than 4$/,
  );
  await index("two", [await entry(a), await entry(b)]);
  const { message } = await failure(fetcher(server, ":two"));
  assert.match(message, /of its index's 2 manifests 2 can be taken, should be one/);
});

Deno.test("a registry with a password", async (t) => {
  await using server = await registryServer({ auth: "basic" });
  using registry = registryOf(server, USER);
  await pushArtifact(registry, { tag: "v1", files: new Map([["a.yaml", bytes("a: 1")]]), signal });
  let credentials: typeof USER | undefined;
  const reader = fetcher(server, ":v1", {}, { access: () => ({ credentials }) });
  await t.step("asks for it", async () => {
    const { reason, message } = await failure(reader);
    assert.equal(reason, "AuthenticationFailed");
    assert.match(message, /the registry asks for credentials \(401\)$/);
  });
  await t.step("refuses a wrong one, which no message holds", async () => {
    credentials = { username: "ann", password: "wrong-password" };
    const { reason, message } = await failure(reader);
    assert.equal(reason, "AuthenticationFailed");
    assert.match(message, /does not accept the credentials \(401\)$/);
    assert.doesNotMatch(message, /wrong-password/);
  });
  await t.step("takes the right one at the next reading", async () => {
    credentials = USER;
    assert.deepEqual(await filesOf(reader), { "a.yaml": "a: 1" });
  });
});

Deno.test("a registry that is gone is told as that, and read again when it is back", async () => {
  await using server = await registryServer();
  await push(server, "v1", { "a.yaml": "a: 1" });
  const reader = fetcher(server, ":v1");
  await reader.fetch(signal);
  await server.kill();
  const { reason, message } = await failure(reader);
  assert.equal(reason, "Unreachable");
  assert.match(message, /the registry cannot be reached: .*refused/i);
  await server.start();
  assert.equal(await reader.fetch(signal), undefined);
  await push(server, "v1", { "a.yaml": "a: 2" });
  assert.deepEqual(await filesOf(reader), { "a.yaml": "a: 2" });
});
