import assert from "assert";
import { Buffer } from "node:buffer";
import { createPublicKey, generateKeyPairSync, sign, verify as verifies } from "node:crypto";
import { digestOf } from "../../shared/sources/oci/digest_of.ts";
import { type Blob, pushManifest, putManifest } from "../../shared/sources/oci/push_artifact.ts";
import {
  bundle,
  keylessAnnotations,
  keySigner,
  type Signer,
  sigstore,
  simplePayload,
  statement,
} from "./cosign_signing.ts";
import { type Lie, lyingRegistry } from "./lying_registry.ts";
import {
  bytes,
  failure,
  fetcher,
  filesOf,
  push,
  pushLayers,
  registryOf,
  signal,
} from "./oci_reading.ts";
import { type RegistryServer, registryServer } from "./registry_server.ts";

const SIMPLE = "application/vnd.dev.cosign.simplesigning.v1+json";
const BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json";
const INDEX = "application/vnd.oci.image.index.v1+json";

/** Puts signatures where `cosign sign` does. */
async function attach(server: RegistryServer, digest: string, layers: Blob[]) {
  await pushLayers(server, `${digest.replace(":", "-")}.sig`, layers);
}

function simple(payload: Uint8Array<ArrayBuffer>, annotations: Record<string, string>): Blob {
  return { mediaType: SIMPLE, bytes: payload, annotations };
}

function byKey(signer: Signer, payload: Uint8Array<ArrayBuffer>): Blob {
  return simple(payload, { "dev.cosignproject.cosign/signature": signer.sign(payload) });
}

/** Puts a bundle where `cosign sign` does in a registry that lists no referrers. */
async function attachBundle(server: RegistryServer, digest: string, content: unknown) {
  using registry = registryOf(server);
  const layer = { mediaType: BUNDLE, bytes: bytes(JSON.stringify(content)) };
  const more = { artifactType: BUNDLE };
  const manifest = await pushManifest(registry, { tag: "bundle", layers: [layer], more, signal });
  const manifests = [{ ...manifest, artifactType: BUNDLE }];
  const index = bytes(JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests }));
  const name = digest.replace(":", "-");
  await putManifest(registry, { name, mediaType: INDEX, bytes: index, signal });
}

async function refused(server: RegistryServer, verify: unknown, message: RegExp) {
  const error = await failure(fetcher(server, ":v1", { verify }));
  assert.match(error.message, message);
  assert.equal(error.reason, "VerificationFailed");
}

Deno.test("an artifact that must be signed by a key", async (t) => {
  await using server = await registryServer();
  const [signer, other] = [keySigner(), keySigner()];
  const verify = { key: signer.pem };
  const { digest } = await push(server, "v1", { "a.yaml": "a: 1" });
  const reader = fetcher(server, ":v1", { verify });

  await t.step("is refused without a signature", async () => {
    const { reason, message } = await failure(reader);
    assert.equal(reason, "VerificationFailed");
    assert.match(message, /^Cannot read OCI artifact "oci:.*:v1": it is not signed$/);
  });
  await t.step("is refused with that of another key", async () => {
    await attach(server, digest, [byKey(other, simplePayload(digest))]);
    await refused(server, verify, /its signature does not count: it is not by the key that is ask/);
  });
  await t.step("is refused with one of another artifact", async () => {
    const payload = simplePayload(`sha256:${"1".repeat(64)}`);
    await attach(server, digest, [byKey(signer, payload)]);
    await refused(server, verify, /it is of another artifact, "sha256:1{64}"$/);
  });
  await t.step("is refused with a payload that was altered", async () => {
    const { annotations } = byKey(signer, simplePayload(`sha256:${"1".repeat(64)}`));
    await attach(server, digest, [simple(simplePayload(digest), annotations!)]);
    await refused(server, verify, /it is not by the key that is asked for$/);
  });
  await t.step("is refused where what is signed is of another kind", async () => {
    await attach(server, digest, [byKey(signer, bytes("{}"))]);
    await refused(server, verify, /its payload is not one of cosign$/);
  });
  await t.step("is read once it is signed, beside what others have signed", async () => {
    const payload = simplePayload(digest);
    await attach(server, digest, [byKey(other, payload), byKey(signer, payload)]);
    assert.deepEqual(await filesOf(reader), { "a.yaml": "a: 1" });
    assert.equal(await filesOf(reader), undefined);
  });
  await t.step("stays as it was while a newer one is not signed", async () => {
    await push(server, "v1", { "a.yaml": "a: 2" });
    assert.equal((await failure(reader)).reason, "VerificationFailed");
  });
  await t.step("needs a key that is one", async () => {
    await refused(
      server,
      { key: "x" },
      /verify\.key cannot be used, should be a public key in PEM/,
    );
  });
});

Deno.test("a key may be of RSA or Ed25519 too", async (t) => {
  await using server = await registryServer();
  for (const type of ["rsa", "ed25519"] as const) {
    await t.step(type, async () => {
      const signer = keySigner(type);
      const { digest } = await push(server, "v1", { "a.yaml": type });
      await attach(server, digest, [byKey(keySigner(type), simplePayload(digest))]);
      await refused(server, { key: signer.pem }, /it is not by the key/);
      await attach(server, digest, [byKey(signer, simplePayload(digest))]);
      const reader = fetcher(server, ":v1", { verify: { key: signer.pem } });
      assert.deepEqual(await filesOf(reader), { "a.yaml": type });
    });
  }
});

Deno.test("a bundle by a longer curve is signed by its own hash, as cosign 3 does", async (t) => {
  await using server = await registryServer();
  for (const [curve, hash] of [["P-384", "sha384"], ["P-521", "sha512"]] as const) {
    await t.step(curve, async () => {
      const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: curve });
      const pem = publicKey.export({ format: "pem", type: "spki" }).toString();
      const signer = {
        pem,
        sign: (signed: Uint8Array) => sign(hash, signed, privateKey).toString("base64"),
      };
      const { digest } = await push(server, "v1", { "a.yaml": curve });
      await attachBundle(server, digest, await bundle(signer, statement(digest)));
      await refused(server, { key: keySigner().pem }, /it is not by the key/);
      const reader = fetcher(server, ":v1", { verify: { key: pem } });
      assert.deepEqual(await filesOf(reader), { "a.yaml": curve });
    });
  }
});

Deno.test("a bundle by an Ed25519 key is taken, unless it is of what was hashed before", async () => {
  await using server = await registryServer();
  const signer = keySigner("ed25519");
  const verify = { key: signer.pem };
  const { digest } = await push(server, "v1", { "a.yaml": "a: 1" });
  await attachBundle(server, digest, await bundle(keySigner("ed25519"), statement(digest)));
  await refused(
    server,
    verify,
    /it is not by the key .*, or it is Ed25519ph, which is not verified$/,
  );
  // RFC 8032, section 7.3: a signature of the hash of "abc", and none of "abc".
  const hashed = {
    pem:
      "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA7Bcrk61eVjv0kyxw4SRQNMNUZ+8u/U1k6/gZaDRn4r8=\n" +
      "-----END PUBLIC KEY-----\n",
    signature: Buffer.from(
      "98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae41" +
        "31f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406",
      "hex",
    ),
  };
  const key = createPublicKey(hashed.pem);
  for (const hash of [null, "sha512"]) {
    const message = "should this be true, bundles by Ed25519ph can be taken";
    assert.ok(!verifies(hash, bytes("abc"), key, hashed.signature), message);
  }
  await attachBundle(server, digest, await bundle(signer, statement(digest)));
  assert.deepEqual(await filesOf(fetcher(server, ":v1", { verify })), { "a.yaml": "a: 1" });
});

Deno.test("a bundle that is signed by a key", async (t) => {
  await using server = await registryServer();
  const signer = keySigner();
  const verify = { key: signer.pem };
  const { digest } = await push(server, "v1", { "a.yaml": "a: 1" });
  await t.step("of another key is refused", async () => {
    await attachBundle(server, digest, await bundle(keySigner(), statement(digest)));
    await refused(server, verify, /it is not by the key that is asked for$/);
  });
  await t.step("of another artifact is refused", async () => {
    const other = statement(`sha256:${"1".repeat(64)}`);
    await attachBundle(server, digest, await bundle(signer, other));
    await refused(server, verify, /it is of another artifact/);
  });
  await t.step("that says something else of the artifact is refused", async () => {
    const found = statement(digest, "https://cosign.sigstore.dev/attestation/vuln/v1");
    await attachBundle(server, digest, await bundle(signer, found));
    await refused(server, verify, /its statement is not a signature of cosign$/);
  });
  await t.step("that is none is refused", async () => {
    await attachBundle(server, digest, { mediaType: BUNDLE });
    await refused(server, verify, /its bundle holds no signed statement$/);
  });
  await t.step("of this artifact is taken", async () => {
    await attachBundle(server, digest, await bundle(signer, statement(digest)));
    assert.deepEqual(await filesOf(fetcher(server, ":v1", { verify })), { "a.yaml": "a: 1" });
  });
});

/** A registry whose artifact is signed by what is served besides: path to content. */
async function signedRegistry(
  lie: (served: Map<string, Uint8Array<ArrayBuffer>>, digest: string) => Lie,
) {
  const signer = keySigner();
  const served = new Map<string, Uint8Array<ArrayBuffer>>();
  const server = lyingRegistry({
    lie: (path, request) => {
      const content = served.get(path);
      return lie(served, server.digest)(path, request) ?? (content && new Response(content));
    },
  });
  const serve = (path: string, content: Uint8Array<ArrayBuffer>) => {
    served.set(`${path}/${digestOf(content)}`, content);
    return { digest: digestOf(content), size: content.length };
  };
  const add = (mediaType: string, content: Uint8Array<ArrayBuffer>, annotations = {}) => {
    const layer = { mediaType, ...serve("blobs", content), annotations };
    const manifest = bytes(JSON.stringify({ schemaVersion: 2, layers: [layer] }));
    return serve("manifests", manifest);
  };
  const payload = simplePayload(server.digest);
  const { annotations } = byKey(signer, payload);
  const content = bytes(JSON.stringify(await bundle(signer, statement(server.digest))));
  return {
    server,
    bundled: { ...add(BUNDLE, content), artifactType: BUNDLE },
    simple: {
      ...add(SIMPLE, payload, annotations),
      artifactType: "application/vnd.dev.cosign.artifact.sig.v1+json",
    },
    reader: fetcher(server, ":v1", { verify: { key: signer.pem } }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

Deno.test("signatures are found in the registry's list of referrers", async (t) => {
  const other = { digest: `sha256:${"1".repeat(64)}`, artifactType: "application/spdx+json" };
  let manifests: unknown[] = [];
  const listed: Lie = (path) =>
    path.startsWith("referrers/") ? Response.json({ manifests }) : undefined;
  for (const kind of ["bundled", "simple"] as const) {
    await t.step(kind === "bundled" ? "a bundle" : "one of cosign 2", async () => {
      await using signed = await signedRegistry(() => listed);
      manifests = [other];
      assert.match((await failure(signed.reader)).message, /it is not signed$/);
      manifests = [other, signed[kind]];
      assert.deepEqual(await filesOf(signed.reader), { "a.yaml": "a: 1" });
    });
  }
  await t.step("on a further page", async () => {
    await using signed = await signedRegistry((_, digest) => (path) => {
      if (path === `referrers/${digest}`) {
        const headers = { link: '<?page=2>; rel="next"' };
        return Response.json({ manifests: [other] }, { headers });
      }
      return path === `referrers/${digest}?page=2` ? Response.json({ manifests }) : undefined;
    });
    manifests = [signed.bundled];
    assert.deepEqual(await filesOf(signed.reader), { "a.yaml": "a: 1" });
  });
  await t.step("but not on pages without end", async () => {
    await using signed = await signedRegistry(() => (path) => {
      const headers = { link: '<?again>; rel="next"' };
      return path.startsWith("referrers/") ? Response.json({ manifests }, { headers }) : undefined;
    });
    manifests = [other];
    assert.match((await failure(signed.reader)).message, /it is not signed$/);
    const { asked } = signed.server;
    assert.equal(asked.filter((path) => path.includes("referrers/")).length, 10);
  });
});

Deno.test("signatures are found by the tag, where a registry has no list of referrers", async (t) => {
  const absent: [string, () => Response][] = [
    ...[400, 404, 405, 406, 501].map((status): [string, () => Response] => [
      `it answers ${status}`,
      () => new Response("x", { status }),
    ]),
    [
      "it answers by a page",
      () => new Response("<html>", { headers: { "content-type": "text/html; charset=utf-8" } }),
    ],
  ];
  for (const [name, answer] of absent) {
    await t.step(name, async () => {
      let manifests: unknown[] = [];
      await using signed = await signedRegistry((_, digest) => (path) => {
        if (path.startsWith("referrers/")) return answer();
        const isTag = path === `manifests/${digest.replace(":", "-")}`;
        return isTag ? Response.json({ manifests }) : undefined;
      });
      manifests = [signed.bundled];
      assert.deepEqual(await filesOf(signed.reader), { "a.yaml": "a: 1" });
    });
  }
  await t.step("but a list that is none is told", async () => {
    await using signed = await signedRegistry(() => (path) =>
      path.startsWith("referrers/") ? Response.json({ manifests: "x" }) : undefined
    );
    assert.match((await failure(signed.reader)).message, /list of its referrers is not an index$/);
  });
});

Deno.test("an artifact that must be signed by somebody, without a key", async (t) => {
  await using server = await registryServer();
  const { trustedRoot, rootWithoutLog, timestamp, signer: signerOf } = await sigstore();
  const issuer = "https://token.actions.example";
  const workflow = "https://git.example/team/flows/.github/workflows/release.yaml@refs/tags/v1";
  const signer = await signerOf(workflow, issuer);
  const keyless = { issuer, identity: workflow, trustedRoot };
  const { digest } = await push(server, "v1", { "a.yaml": "a: 1" });
  const payload = simplePayload(digest);
  const annotations = await keylessAnnotations(signer, payload);
  const reads = async (verify: unknown) => {
    const reader = fetcher(server, ":v1", { verify });
    assert.deepEqual(await filesOf(reader), { "a.yaml": "a: 1" });
  };

  await t.step("is read with the signature, its certificate and its entry in the log", async () => {
    await attach(server, digest, [simple(payload, annotations)]);
    await reads({ keyless });
  });
  await t.step("is read for a pattern of who", async () => {
    const identity = "https://git.example/team/*/release.yaml@refs/tags/*";
    await reads({ keyless: { ...keyless, identity } });
  });
  for (
    const [name, change] of [
      ["another signer", { identity: workflow.replace("v1", "v2") }],
      ["a signer whose name begins so", { identity: workflow.slice(0, -1) }],
      ["another pattern", { identity: "https://git.example/other/*" }],
      ["another issuer", { issuer: "https://accounts.example" }],
    ] as const
  ) {
    await t.step(`is refused for ${name}`, async () => {
      const message = /it is by "https:\/\/git\.example\/.*" of "https:\/\/token.*", should be by/;
      await refused(server, { keyless: { ...keyless, ...change } }, message);
    });
  }
  await t.step("is refused where another root is trusted", async () => {
    const { trustedRoot } = await sigstore();
    await refused(server, { keyless: { ...keyless, trustedRoot } }, /it cannot be verified: /);
  });
  await t.step("is refused with what is no root", async () => {
    const message = /verify\.keyless\.trustedRoot cannot be used, should be a trusted root/;
    await refused(server, { keyless: { ...keyless, trustedRoot: "{}" } }, message);
  });
  await t.step("is refused without an entry in the log", async () => {
    const { "dev.sigstore.cosign/bundle": _, ...rest } = annotations;
    await attach(server, digest, [simple(payload, rest)]);
    await refused(server, { keyless }, /its signature does not count: it (is|cannot)/);
  });
  await t.step(
    "needs an entry where the root has a log, beside a time that is vouched for",
    async () => {
      const { "dev.sigstore.cosign/bundle": _, ...rest } = annotations;
      const stamp = await timestamp(rest["dev.cosignproject.cosign/signature"]!);
      const stamped = JSON.stringify({ SignedRFC3161Timestamp: stamp });
      const withTime = { ...rest, "dev.sigstore.cosign/rfc3161timestamp": stamped };
      await attach(server, digest, [simple(payload, withTime)]);
      await refused(server, { keyless }, /expected 1 tlog entries, got 0$/);
      await reads({ keyless: { ...keyless, trustedRoot: rootWithoutLog } });
      await attach(server, digest, [simple(payload, rest)]);
      const message = /expected 1 timestamps, got 0$/;
      await refused(server, { keyless: { ...keyless, trustedRoot: rootWithoutLog } }, message);
    },
  );
  await t.step("is refused with a payload that was altered", async () => {
    await attach(server, digest, [simple(simplePayload(`sha256:${"1".repeat(64)}`), annotations)]);
    await refused(server, { keyless }, /it cannot be verified: /);
  });
  await t.step("is refused with a good signature of another artifact", async () => {
    const other = simplePayload(`sha256:${"1".repeat(64)}`);
    await attach(server, digest, [simple(other, await keylessAnnotations(signer, other))]);
    await refused(server, { keyless }, /it is of another artifact/);
  });
  await t.step("is refused with a key's signature, and with what is none", async () => {
    await attach(server, digest, [byKey(keySigner(), payload)]);
    await refused(server, { keyless }, /it is by a key, not by a certificate$/);
    const broken = { ...annotations, "dev.sigstore.cosign/bundle": "no JSON" };
    await attach(server, digest, [simple(payload, broken)]);
    await refused(server, { keyless }, /it is no usable bundle/);
  });
  await t.step("is read with a bundle, which is refused when it is of another", async () => {
    await attachBundle(server, digest, await bundle(signer, statement(`sha256:${"1".repeat(64)}`)));
    await refused(server, { keyless }, /of the last one: it is of another artifact/);
    const good = await bundle(signer, statement(digest));
    const vuln = await bundle(signer, statement(digest, "https://in-toto.io/attestation/vulns"));
    await attachBundle(server, digest, { ...good, dsseEnvelope: vuln.dsseEnvelope });
    await refused(server, { keyless }, /of the last one: it cannot be verified/);
    await attachBundle(server, digest, good);
    await reads({ keyless });
  });
});
