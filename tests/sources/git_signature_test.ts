import assert from "assert";
import { failure, read, served } from "./git_reading.ts";
import { command, type GitRepository } from "./git_repository.ts";
import { rewriteCommit } from "./rewrite_commit.ts";

/** Makes an SSH key, and gives its public half as a line of allowed_signers has it. */
async function key(repository: GitRepository, name: string, type: string[]): Promise<string> {
  const file = `${repository.folder}/${name}`;
  const { success, stderr } = await command("ssh-keygen", {
    args: ["-q", "-N", "", "-C", name, "-t", ...type, "-f", file],
  });
  assert.ok(success, new TextDecoder().decode(stderr));
  return (await Deno.readTextFile(`${file}.pub`)).trim();
}

async function signWith(repository: GitRepository, name: string): Promise<void> {
  await repository.git("config", "gpg.format", "ssh");
  await repository.git("config", "user.signingKey", `${repository.folder}/${name}`);
  await repository.git("config", "commit.gpgSign", "true");
}

const TYPES = [["ed25519"], ["ecdsa", "-b", "256"], ["ecdsa", "-b", "384"], ["rsa", "-b", "2048"]];
for (const type of TYPES) {
  Deno.test(`a commit that is signed by an allowed key is taken: ${type.join(" ")}`, async () => {
    await using git = await served();
    const { repository, server } = git;
    const ann = await key(repository, "ann", type);
    await signWith(repository, "ann");
    await repository.commit({ "a.yaml": "Ünïcode" });
    const verify = { allowedSigners: `# who may\n\nann@example.com ${ann}\n` };

    const { files } = await read({ url: server.url, verify });

    assert.deepEqual([...files], [["a.yaml", "Ünïcode"]]);
  });
}

Deno.test("a commit that is not signed as it should be is refused", async (t) => {
  await using git = await served();
  const { repository, server } = git;
  const ann = await key(repository, "ann", ["ed25519"]);
  const bob = await key(repository, "bob", ["ed25519"]);
  const refused = async (allowedSigners: string) => {
    const { message, reason } = await failure(
      read({ url: server.url, verify: { allowedSigners } }),
    );
    assert.equal(reason, "VerificationFailed");
    return message;
  };

  await t.step("without a signature", async () => {
    await repository.commit({ "a.yaml": "a" });
    assert.match(await refused(`ann ${ann}`), /: the commit [0-9a-f]{40} is not signed$/);
  });
  await signWith(repository, "ann");
  const commit = await repository.commit({ "a.yaml": "signed" });
  await t.step("by another key", async () => {
    assert.match(
      await refused(`bob ${bob}`),
      /by an SSH key that is not among the allowed signers$/,
    );
  });
  await t.step("by a key that may sign something else", async () => {
    assert.match(await refused(`ann namespaces="file" ${ann}`), /not among the allowed signers$/);
    assert.equal(
      (await read({
        url: server.url,
        verify: { allowedSigners: `"ann b" namespaces="file,git" ${ann} a comment` },
      })).files.size,
      1,
    );
  });
  await t.step("by a key that was valid at another time", async () => {
    const past = `ann valid-before="20200101" ${ann}`;
    const future = `ann valid-after="29990101Z",namespaces="git" ${ann}`;
    for (const line of [past, future]) {
      assert.match(await refused(line), /by an SSH key that was not valid at the commit's time$/);
    }
    const now = `ann valid-after="20200101",valid-before="299901010000" ${ann}`;
    const { files } = await read({ url: server.url, verify: { allowedSigners: now } });
    assert.equal(files.size, 1);
  });
  await t.step("by a list that is not understood", async () => {
    assert.match(await refused(`ann cert-authority ${ann}`), /line 1 .* "cert-authority", which/);
    assert.match(await refused(`\nann nothing`), /line 2 of the allowed signers is not understood/);
  });

  const rewrite = (change: (text: string) => string) => rewriteCommit(repository, commit, change);
  await t.step("where the content was changed after it", async () => {
    await rewrite((text) => text.replace("A change", "Another change"));
    assert.match(await refused(`ann ${ann}`), / has a signature that does not fit its content$/);
  });
  await t.step("where the signature is broken", async () => {
    await rewrite((text) => text.replace(/( U1NIU0lH)[\w+/]{40}/, "$1"));
    assert.match(
      await refused(`ann ${ann}`),
      / has a signature that (is broken|uses|does not fit)/,
    );
  });
  await t.step("where it was signed as something else than a commit", async () => {
    const text = `${await repository.git("cat-file", "commit", commit)}\n`;
    const unsigned = text.replace(/^gpgsig .*\n( .*\n)*/m, "");
    const file = `${repository.folder}/unsigned`;
    await Deno.writeTextFile(file, unsigned);
    const args = ["-q", "-Y", "sign", "-n", "file", "-f", `${repository.folder}/ann`, file];
    const { success, stderr } = await command("ssh-keygen", { args });
    assert.ok(success, new TextDecoder().decode(stderr));
    const signature = (await Deno.readTextFile(`${file}.sig`)).trimEnd().replaceAll("\n", "\n ");
    await rewrite(() => unsigned.replace("\n\n", `\ngpgsig ${signature}\n\n`));
    assert.match(await refused(`ann ${ann}`), / has a signature that does not fit its content$/);
  });
  await t.step("by X.509", async () => {
    await rewrite((text) => text.replaceAll("SSH SIGNATURE", "SIGNED MESSAGE"));
    assert.match(
      await refused(`ann ${ann}`),
      / by X.509 or otherwise, should be by SSH or OpenPGP$/,
    );
  });
  await t.step("twice", async () => {
    await rewrite((text) => text.replace(/^gpgsig .*\n( .*\n)*/m, "$&$&"));
    assert.match(await refused(`ann ${ann}`), / has 2 signatures, should have one$/);
  });
});
