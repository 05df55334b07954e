import assert from "assert";
import { openpgpSigning } from "./openpgp_signing.ts";

Deno.test("an OpenPGP key counts as what it was when it signed, and not once it is revoked", async (t) => {
  await using at = await openpgpSigning();
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
  await t.step("that may sign no more, as it says of itself", async () => {
    const hal = await keyring.generate("hal", "ed25519");
    await keyring.signWith(repository, hal);
    await repository.commit({ "a.yaml": "hal" });
    await keyring.edit(hal, ["change-usage", "s", "q", "save"]);
    assert.match(await refused(await keyring.publicKey("hal")), /, which may not sign: /);
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
