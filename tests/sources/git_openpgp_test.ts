import assert from "assert";
import * as openpgp from "openpgp";
import { failure, read, served } from "./git_reading.ts";
import { command } from "./git_repository.ts";
import { openpgpKeyring } from "./openpgp_keyring.ts";
import { rewriteCommit } from "./rewrite_commit.ts";

/** A repository, its server, and a key ring of gpg; all end with the test. */
async function signing() {
  const git = await served();
  const keyring = await openpgpKeyring();
  const { repository, server } = git;
  return {
    repository,
    keyring,
    /** Gives what is read by these keys. */
    taken: (allowedSigners: string) => read({ url: server.url, verify: { allowedSigners } }),
    /** Gives why nothing is. */
    async refused(allowedSigners: string) {
      const { message, reason } = await failure(
        read({ url: server.url, verify: { allowedSigners } }),
      );
      assert.equal(reason, "VerificationFailed");
      return message;
    },
    async [Symbol.asyncDispose]() {
      await keyring[Symbol.asyncDispose]();
      await git[Symbol.asyncDispose]();
    },
  };
}

for (const algorithm of ["rsa2048", "rsa4096", "nistp256", "nistp384", "nistp521", "ed25519"]) {
  Deno.test(`a commit that is signed by an allowed OpenPGP key is taken: ${algorithm}`, async () => {
    await using at = await signing();
    await at.keyring.signWith(at.repository, await at.keyring.generate("ann", algorithm));
    await at.repository.commit({ "a.yaml": "Ünïcode" });
    await at.repository.git("verify-commit", "HEAD");

    const { files } = await at.taken(await at.keyring.publicKey("ann"));

    assert.deepEqual([...files], [["a.yaml", "Ünïcode"]]);
  });
}

for (
  const [name, options] of [
    ["Ed25519", { type: "curve25519" }],
    ["Ed448", { type: "curve448" }],
    ["a version 6 key", { type: "curve25519", config: { v6Keys: true } }],
  ] as const
) {
  Deno.test(`a commit that is signed as RFC 9580 has it is taken: ${name}`, async () => {
    await using at = await signing();
    // GnuPG makes no such keys.
    const { privateKey, publicKey } = await openpgp.generateKey({
      ...options,
      userIDs: [{ name: "Ann" }],
      format: "object",
    });
    const commit = await at.repository.commit({ "a.yaml": "a" });
    const text = `${await at.repository.git("cat-file", "commit", commit)}\n`;
    const signature = await openpgp.sign({
      message: await openpgp.createMessage({ binary: new TextEncoder().encode(text) }),
      signingKeys: privateKey,
      detached: true,
    });
    const lines = signature.trimEnd().replaceAll("\r", "").replaceAll("\n", "\n ");
    await rewriteCommit(
      at.repository,
      commit,
      (text) => text.replace("\n\n", `\ngpgsig ${lines}\n\n`),
    );

    assert.equal((await at.taken(publicKey.armor())).files.size, 1);
  });
}

Deno.test("a commit that is signed by a subkey of an allowed OpenPGP key is taken", async () => {
  await using at = await signing();
  const ann = await at.keyring.generate("ann", "cert-only");
  await at.keyring.gpg(["--quick-add-key", ann, "rsa2048", "sign", "never"]);
  await at.keyring.signWith(at.repository, ann);
  await at.repository.commit({ "a.yaml": "a" });

  assert.equal((await at.taken(await at.keyring.publicKey("ann"))).files.size, 1);
});

Deno.test("SSH and OpenPGP keys stand beside one another, in blocks of one or several", async () => {
  await using at = await signing();
  const { keyring, repository } = at;
  const file = `${repository.folder}/dan`;
  const ssh = await command("ssh-keygen", { args: ["-q", "-N", "", "-t", "ed25519", "-f", file] });
  assert.ok(ssh.success);
  const dan = await Deno.readTextFile(`${file}.pub`);
  const fingerprints = new Map<string, string>();
  for (const name of ["ann", "bob", "cat"]) {
    fingerprints.set(name, await keyring.generate(name, "ed25519"));
  }
  const both = await keyring.gpg(["--armor", "--export", "bob", "cat"]);
  const allowed = `# who may\n${await keyring.publicKey("ann")}\ndan ${dan}\n${both}`;

  for (const name of ["ann", "bob", "cat"]) {
    await keyring.signWith(repository, fingerprints.get(name)!);
    await repository.commit({ "a.yaml": name });
    assert.deepEqual([...(await at.taken(allowed)).files], [["a.yaml", name]]);
  }
  await repository.git("config", "gpg.format", "ssh");
  await repository.git("config", "user.signingKey", file);
  await repository.commit({ "a.yaml": "dan" });
  assert.deepEqual([...(await at.taken(allowed)).files], [["a.yaml", "dan"]]);
  assert.match(await at.refused(both), / by an SSH key that is not among the allowed signers$/);
  assert.match(await at.refused(`${allowed}\nnothing`), /line \d\d of the allowed signers is not/);
});

Deno.test("a merge of signed tags and branches is verified by its own signature", async () => {
  await using at = await signing();
  const { keyring, repository } = at;
  const [ann, bob] = [
    await keyring.generate("ann", "ed25519"),
    await keyring.generate("bob", "ed25519"),
  ];
  await repository.commit({ "a.yaml": "a" });
  await repository.git("checkout", "-q", "-b", "other");
  await repository.commit({ "b.yaml": "b" });
  await keyring.signWith(repository, bob);
  await repository.git("tag", "-s", "-m", "Bob's", "bobs");
  await repository.git("checkout", "-q", "main");
  await keyring.signWith(repository, ann);
  await repository.git("merge", "-q", "--no-ff", "--no-edit", "bobs");
  assert.match(await repository.git("cat-file", "commit", "HEAD"), /^mergetag .*[^]*^gpgsig /m);

  assert.equal((await at.taken(await keyring.publicKey("ann"))).files.size, 2);
  assert.match(await at.refused(await keyring.publicKey("bob")), /not among the allowed signers$/);
});

Deno.test("a commit is refused where its OpenPGP signature is not a good one", async (t) => {
  await using at = await signing();
  const { keyring, repository, refused } = at;
  const ann = await keyring.generate("ann", "rsa2048");
  await keyring.generate("bob", "ed25519");
  const allowed = await keyring.publicKey("ann");
  await keyring.signWith(repository, ann);
  const oid = await repository.commit({ "a.yaml": "a" });
  const rewrite = (change: (text: string) => string) => rewriteCommit(repository, oid, change);

  await t.step("by another key", async () => {
    assert.match(
      await refused(await keyring.publicKey("bob")),
      new RegExp(
        `^Cannot read Git repository ".*": the commit ${oid} is signed by the OpenPGP key ${ann}, ` +
          "which is not among the allowed signers$",
      ),
    );
  });
  await t.step("changed after it", async () => {
    await rewrite((text) => text.replace("A change", "Another change"));
    assert.match(
      await refused(allowed),
      new RegExp(`has a signature of the OpenPGP key ${ann} that does not fit its content$`),
    );
  });
  await t.step("of two headers", async () => {
    await rewrite((text) => text.replace(/^gpgsig .*\n( .*\n)*/m, "$&$&"));
    assert.match(await refused(allowed), / has 2 signatures, should have one$/);
  });
  await t.step("of two blocks", async () => {
    await rewrite((text) => text.replace(/^gpgsig (.*\n(?: .*\n)*)/m, "$& $1"));
    assert.match(await refused(allowed), / has 2 OpenPGP signatures, should have one$/);
  });
  await t.step("of two in one block", async () => {
    const armored = await signatureOf(await repository.git("cat-file", "commit", oid));
    const { packets } = await openpgp.readSignature({ armoredSignature: armored });
    const twice = new openpgp.PacketList<openpgp.SignaturePacket>();
    twice.push(packets[0] as openpgp.SignaturePacket, packets[0] as openpgp.SignaturePacket);
    await rewrite(withSignature(new openpgp.Signature(twice).armor()));
    assert.match(await refused(allowed), / has 2 OpenPGP signatures, should have one$/);
  });
  await t.step("of a size that no signature has", async () => {
    await rewrite((text) => text.replace(/\n -----END PGP/, `\n ${"A".repeat(16_384)}$&`));
    assert.match(await refused(allowed), / characters, should be at most 16384$/);
  });
  for (
    const [what, pattern, replacement] of [
      ["without an end", / -----END PGP SIGNATURE-----\n/, ""],
      ["with what is no base64", /\n [\w+/]{20}/, "\n ~~~~"],
      ["without its blank line", /PGP SIGNATURE-----\n \n/, "PGP SIGNATURE-----\n"],
      ["with something after it", /-----END PGP SIGNATURE-----\n/, "$& more\n"],
    ] as const
  ) {
    await t.step(`of armor ${what}`, async () => {
      await rewrite((text) => text.replace(pattern, replacement));
      assert.match(await refused(allowed), / has an OpenPGP signature whose armor is broken$/);
    });
  }
  await t.step("cut short inside", async () => {
    await rewrite(
      withSignature("-----BEGIN PGP SIGNATURE-----\n\niQEzBAAB\n-----END PGP SIGNATURE-----"),
    );
    assert.match(await refused(allowed), / has an OpenPGP signature that is not understood: /);
  });
  await t.step("of a text, as --clearsign makes", async () => {
    await keyring.signWith(repository, ann, "--textmode");
    await repository.commit({ "a.yaml": "text" });
    assert.match(await refused(allowed), / signature that is not of a document$/);
  });
  await t.step("with SHA-1", async () => {
    await keyring.signWith(repository, ann, "--digest-algo", "SHA1");
    await repository.commit({ "a.yaml": "sha1" });
    assert.match(await refused(allowed), / with SHA-1, should be with SHA-256 or better$/);
  });
  await t.step("that has expired itself", async () => {
    const at = ["--faked-system-time", "20200601T000000!"];
    const old = await keyring.generate("old", "ed25519", { at: "20200101T000000" });
    await keyring.signWith(repository, old, ...at, "--default-sig-expire", "10d");
    await repository.commit({ "a.yaml": "expired" });
    assert.match(
      await refused(await keyring.publicKey("old")),
      / has a signature that expired at 2020-06-11T00:00:\d\d\.000Z$/,
    );
  });
});

Deno.test("an OpenPGP key counts as what it was when it signed, and not once it is revoked", async (t) => {
  await using at = await signing();
  const { keyring, repository, refused, taken } = at;
  const made = { at: "20200101T000000" };
  const signAt = async (key: string, time: string) => {
    await keyring.signWith(repository, key, "--faked-system-time", `${time}!`);
    await repository.commit({ "a.yaml": time });
  };
  const endAt = async (key: string, iso: string, time: string) =>
    await keyring.gpg(["--quick-set-expire", key, iso], { at: time });

  await t.step("signed before it expired", async () => {
    const ann = await keyring.generate("ann", "ed25519", made);
    await endAt(ann, "2021-01-01", "20200102T000000");
    await signAt(ann, "20200601T000000");
    assert.equal((await taken(await keyring.publicKey("ann"))).files.size, 1);
  });
  await t.step("signed after it expired", async () => {
    const bob = await keyring.generate("bob", "ed25519", made);
    await signAt(bob, "20210601T000000");
    assert.equal((await taken(await keyring.publicKey("bob"))).files.size, 1);
    await endAt(bob, "2021-01-01", "20200102T000000");
    assert.match(
      await refused(await keyring.publicKey("bob")),
      new RegExp(
        `OpenPGP key ${bob}, which had expired at 2021-01-01T.* when it signed, at 2021-06-01T`,
      ),
    );
  });
  await t.step(
    "with an end that was moved since, so that all it says of itself is newer",
    async () => {
      const cat = await keyring.generate("cat", "ed25519", made);
      await signAt(cat, "20200601T000000");
      await endAt(cat, "2022-01-01", "20210101T000000");
      assert.equal((await taken(await keyring.publicKey("cat"))).files.size, 1);
    },
  );
  await t.step("by a subkey that had expired", async () => {
    const dan = await keyring.generate("dan", "cert-only", made);
    await keyring.gpg(["--quick-add-key", dan, "ed25519", "sign", "never"], made);
    const list = await keyring.gpg(["--with-colons", "--list-keys", dan]);
    const subkey = [...list.matchAll(/^fpr:+([0-9A-F]{40}):/gm)][1]![1]!;
    await signAt(dan, "20210601T000000");
    await keyring.gpg(["--quick-set-expire", dan, "2021-01-01", subkey], { at: "20200102T000000" });
    assert.match(
      await refused(await keyring.publicKey("dan")),
      new RegExp(`OpenPGP key ${subkey}, which had expired at 2021-01-01T`),
    );
  });
  await t.step("made after it signed", async () => {
    const eve = await keyring.generate("eve", "ed25519", { at: "20220101T000000" });
    await keyring.signWith(
      repository,
      eve,
      "--faked-system-time",
      "20210601T000000!",
      "--ignore-time-conflict",
    );
    await repository.commit({ "a.yaml": "before" });
    assert.match(await refused(await keyring.publicKey("eve")), /, after it signed$/);
  });
  await t.step("revoked, in one copy of it", async () => {
    const fay = await keyring.generate("fay", "ed25519");
    await keyring.signWith(repository, fay);
    await repository.commit({ "a.yaml": "fay" });
    const before = await keyring.publicKey("fay");
    assert.equal((await taken(before)).files.size, 1);
    await keyring.revoke(fay);
    const after = await keyring.publicKey("fay");
    for (const allowed of [after, `${before}\n${after}`, `${after}\n${before}`]) {
      assert.match(await refused(allowed), new RegExp(`OpenPGP key ${fay}, which is revoked$`));
    }
  });
  await t.step("a subkey that is revoked", async () => {
    const gil = await keyring.generate("gil", "cert-only");
    await keyring.gpg(["--quick-add-key", gil, "ed25519", "sign", "never"]);
    await keyring.signWith(repository, gil);
    await repository.commit({ "a.yaml": "gil" });
    assert.equal((await taken(await keyring.publicKey("gil"))).files.size, 1);
    await keyring.edit(gil, ["key 1", "revkey", "y", "1", "", "y", "save"]);
    assert.match(await refused(await keyring.publicKey("gil")), /, which is revoked$/);
  });
});

Deno.test("keys that cannot be relied on are refused before they are used", async (t) => {
  await using at = await signing();
  const { keyring, repository, refused } = at;
  const ann = await keyring.generate("ann", "ed25519");
  await keyring.signWith(repository, ann);
  await repository.commit({ "a.yaml": "a" });
  const allowed = await keyring.publicKey("ann");

  for (
    const [what, keys, message] of [
      ["without an end", allowed.replace(/-----END.*/, ""), /line 1 .* is broken or has no end$/],
      ["with what is no base64", allowed.replace(/\n\n..../, "\n\n~~~~"), /line 1 .* is broken or/],
      [
        "of another kind",
        `\n${allowed.replaceAll("PUBLIC KEY BLOCK", "MESSAGE")}`,
        /line 2 of the allowed signers begins a PGP MESSAGE, should be a PGP PUBLIC KEY BLOCK$/,
      ],
      [
        "with no key in it",
        "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nzQFB\n-----END PGP PUBLIC KEY BLOCK-----",
        /line 1 of the allowed signers has a key that is not understood: /,
      ],
      [
        "that is private",
        await keyring.gpg(["--armor", "--export-secret-keys", "ann"]),
        /line 1 .* begins a PGP PRIVATE KEY BLOCK, should be a PGP PUBLIC KEY BLOCK$/,
      ],
      [
        "that is private and says that it is public",
        (await keyring.gpg(["--armor", "--export-secret-keys", "ann"])).replaceAll(
          "PRIVATE",
          "PUBLIC",
        ),
        /line 1 of the allowed signers has a private key, should be the public one$/,
      ],
    ] as const
  ) {
    await t.step(`a block ${what}`, async () => assert.match(await refused(keys), message));
  }
  await t.step("one with more signatures on it than anybody looks through", async () => {
    const [{ keyPacket, users }] = await openpgp.readKeys({ armoredKeys: allowed }) as [
      openpgp.Key,
    ];
    const packets = new openpgp.PacketList<openpgp.AnyPacket>();
    packets.push(keyPacket, users[0]!.userID!);
    for (let count = 0; count < 250; count++) packets.push(users[0]!.selfCertifications[0]!);
    const flooded = new openpgp.PublicKey(packets).armor();
    assert.match(
      await refused(flooded),
      /line 1 of the allowed signers has a key of 252 packets, should be at most 250, as by gpg/,
    );
  });
  for (
    const [algorithm, message] of [
      ["rsa1024", /, RSA of 1024 bits, should be 2048 to 8192$/],
      ["brainpoolP256r1", /, on the curve brainpoolP256r1, not supported$/],
      ["dsa2048", /, of the algorithm dsa, not supported$/],
    ] as const
  ) {
    await t.step(algorithm, async () => {
      await keyring.signWith(repository, await keyring.generate(algorithm, algorithm));
      await repository.commit({ "a.yaml": algorithm });
      assert.match(await refused(await keyring.publicKey(algorithm)), message);
    });
  }
  for (const [what, number] of [["modulus", "n"], ["exponent", "e"]] as const) {
    await t.step(`RSA with a ${what} of 65,535 bits`, async () => {
      await keyring.generate(what, "rsa2048");
      const [key] = await openpgp.readKeys({ armoredKeys: await keyring.publicKey(what) });
      const huge = new Uint8Array(8192).fill(0xff).with(0, 0x7f);
      Object.assign(key!.keyPacket.publicParams, { [number]: huge });
      const [forged] = await openpgp.readKeys({ armoredKeys: key!.armor() });
      const oid = await repository.git("rev-parse", "HEAD");
      await rewriteCommit(repository, oid, withSignature(claimOf(forged!)));
      assert.match(
        await refused(forged!.armor()),
        /, RSA (of 65535 bits|with an exponent of 8192)/,
      );
    });
  }
});

/** Gives the armored signature of a commit. */
function signatureOf(commit: string): string {
  return /^gpgsig (.*\n(?: .*\n)*)/m.exec(commit)![1]!.replaceAll(/^ /gm, "");
}

/** Gives what puts an armored signature in the place of that of a commit. */
function withSignature(armored: string): (commit: string) => string {
  const lines = armored.replaceAll("\r", "").trimEnd().replaceAll("\n", "\n ");
  return (commit) => commit.replace(/^gpgsig .*\n( .*\n)*/m, () => `gpgsig ${lines}\n`);
}

/** A signature that says to be of an RSA key; what follows is no more than the right length. */
function claimOf(key: openpgp.Key): string {
  const id = Uint8Array.fromHex(key.getKeyID().toHex());
  const body = [4, 0, 1, 8, 0, 6, 5, 2, 0x60, 0, 0, 0, 0, 10, 9, 16, ...id, 0, 0, 8, 0];
  const bytes = [...body, ...new Array(256).fill(0x80)];
  const packet = new Uint8Array([
    0xc2,
    0xff,
    0,
    0,
    bytes.length >> 8,
    bytes.length & 255,
    ...bytes,
  ]);
  const armor = [
    "-----BEGIN PGP SIGNATURE-----",
    "",
    packet.toBase64(),
    "-----END PGP SIGNATURE-----",
  ];
  return armor.join("\n");
}
