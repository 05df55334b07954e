import assert from "assert";
import { failure, fetcher, never, read, served } from "./git_reading.ts";

const SERVERS = [
  { which: "a server of protocol 2", oldProtocol: false, filter: "true" },
  // As Git's own server is where nothing is set.
  { which: "a server that cannot leave files out", oldProtocol: false, filter: "false" },
  { which: "an old server", oldProtocol: true, filter: "false" },
];
for (const { which, oldProtocol, filter } of SERVERS) {
  Deno.test(`a folder of a repository is read from ${which}`, async (t) => {
    await using git = await served({ oldProtocol });
    await git.repository.git("config", "uploadpack.allowFilter", filter);
    await git.repository.commit({
      "flows/prod/a.yaml": "a",
      "flows/prod/deep/b.yml": "b",
      "flows/prod/.hidden/c.yaml": "hidden",
      "flows/prod/node_modules/d.yaml": "a package",
      "flows/test/e.yaml": "e",
    });
    const paths = async (
      path: string,
    ) => [...(await read({ url: git.server.url, path })).files.keys()];

    await t.step("with the folders in it", async () => {
      const inside = ["flows/prod/a.yaml", "flows/prod/deep/b.yml"];
      for (const path of ["flows/prod", "flows/prod/", "./flows//prod"]) {
        assert.deepEqual(await paths(path), inside);
      }
    });
    await t.step("or one file", async () => {
      assert.deepEqual(await paths("flows/test/e.yaml"), ["flows/test/e.yaml"]);
    });
    await t.step("one that is not there is an error that names the nearest", async () => {
      const { message, reason } = await failure(paths("flows/prd"));
      assert.match(
        message,
        /: there is no folder or file "flows\/prd" in it \(did you mean "prod"\?\)$/,
      );
      assert.equal(reason, "NotFound");
    });
    await t.step("one outside of it is none either", async () => {
      assert.match(
        (await failure(paths("../etc"))).message,
        /there is no folder or file "\.\.\/etc"/,
      );
    });
  });

  Deno.test(`links inside a repository lead to files, others nowhere; from ${which}`, async () => {
    await using git = await served({ oldProtocol });
    await git.repository.git("config", "uploadpack.allowFilter", filter);
    await git.repository.commit({
      "shared/model.yaml": "model",
      "flows/a.yaml": "a",
      "flows/again.yaml": { link: "a.yaml" },
      "flows/model.yaml": { link: "../shared/model.yaml" },
      "flows/model-too.yaml": { link: "model.yaml" },
      "flows/passwd.yaml": { link: "/etc/passwd" },
      "flows/up.yaml": { link: "../../up.yaml" },
      "flows/round.yaml": { link: "round.yaml" },
      "flows/gone.yaml": { link: "nowhere.yaml" },
      "flows/folder": { link: "../shared" },
      "flows/README": { link: "/etc/hosts" },
    });

    const { files, problems, warnings } = await read({ url: git.server.url, path: "flows" });

    assert.deepEqual([...files], [["flows/a.yaml", "a"], ["flows/model-too.yaml", "model"]]);
    const said = problems.map(({ file, message }) => `${file}: ${message}`).sort();
    assert.deepEqual(said, [
      "flows/gone.yaml: is a link to nothing",
      "flows/passwd.yaml: is a link that leads out of the repository",
      "flows/round.yaml: is a link that leads back to itself",
      "flows/up.yaml: is a link that leads out of the repository",
    ]);
    assert.deepEqual(warnings, [
      { file: "flows/folder", message: "is a link to a folder, which is passed over" },
    ]);
  });
}

Deno.test("a submodule and a Git LFS pointer are named and passed over", async () => {
  await using git = await served();
  const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";
  const oid = await git.repository.commit({ "a.yaml": "a", "big.yaml": pointer });
  await git.repository.git("update-index", "--add", "--cacheinfo", `160000,${oid},vendor/flows`);
  await git.repository.git("commit", "-q", "-m", "A submodule");

  const { files, problems, warnings } = await read({ url: git.server.url });

  assert.deepEqual([...files.keys()], ["a.yaml"]);
  assert.deepEqual(problems, [{
    file: "big.yaml",
    message: "is kept in Git LFS, which is not read; it should be kept in Git itself",
  }]);
  assert.deepEqual(warnings, [
    { file: "vendor/flows", message: "is a submodule, which is passed over" },
  ]);
});

Deno.test("a path to a submodule, or by a link to it, says so", async () => {
  await using git = await served();
  const oid = await git.repository.commit({ "a.yaml": "a", "link": { link: "flows" } });
  await git.repository.git("update-index", "--add", "--cacheinfo", `160000,${oid},flows`);
  await git.repository.git("commit", "-q", "-m", "A submodule");
  for (const path of ["flows", "link/"]) {
    const { message, reason } = await failure(read({ url: git.server.url, path }));
    assert.equal(reason, "NotFound");
    assert.match(message, new RegExp(`: "${path}" is a submodule, which is not read$`));
  }
});

Deno.test("a name that is no UTF-8 is no problem where it could hold no objects", async () => {
  await using git = await served();
  await git.repository.commit({ "a.yaml": "a" });
  const blob = await git.repository.git("rev-parse", "HEAD:a.yaml");
  const tree = await new Deno.Command("sh", {
    args: ["-c", `(git ls-tree HEAD; printf '100644 blob ${blob}\\tcaf\\351.png\\n') | git mktree`],
    cwd: `${git.repository.folder}/work`,
  }).output();
  const oid = new TextDecoder().decode(tree.stdout).trim();
  const commit = await git.repository.git("commit-tree", "-m", "A picture", oid);
  await git.repository.git("update-ref", "refs/heads/main", commit);

  const { files, problems } = await read({ url: git.server.url });

  assert.deepEqual([[...files.keys()], problems], [["a.yaml"], []]);
});

Deno.test("what is no UTF-8 is a problem of its own, in a text and in a name", async () => {
  await using git = await served();
  await git.repository.commit({
    "a.yaml": "\ufeffa",
    "latin.yaml": Uint8Array.of(0x66, 0xfc, 0x72),
  });
  const blob = await git.repository.git("rev-parse", "HEAD:a.yaml");
  const tree = await new Deno.Command("sh", {
    args: ["-c", `(git ls-tree HEAD; printf '100644 blob ${blob}\\tf\\374r.yaml\\n') | git mktree`],
    cwd: `${git.repository.folder}/work`,
  }).output();
  const oid = new TextDecoder().decode(tree.stdout).trim();
  const commit = await git.repository.git("commit-tree", "-m", "A name", oid);
  await git.repository.git("update-ref", "refs/heads/main", commit);

  const { files, problems } = await read({ url: git.server.url });

  assert.deepEqual([...files], [["a.yaml", "a"]]);
  assert.deepEqual(problems, [
    { file: ".", message: "holds a name that is not UTF-8 or no file's name; it is passed over" },
    { file: "latin.yaml", message: "cannot be read: it is not UTF-8 text" },
  ]);
});

Deno.test("a commit without files is a snapshot without files", async () => {
  await using git = await served();
  await git.repository.commit({});
  assert.equal((await read({ url: git.server.url })).files.size, 0);
});

Deno.test("files that are stored as deltas of each other are whole", async () => {
  for (const oldProtocol of [false, true]) {
    await using git = await served({ oldProtocol });
    const lines = Array.from({ length: 2000 }, (_, i) => `line ${i}: ${i * 7919 % 1000}\n`);
    const files = Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [
        `${String(i).padStart(2, "0")}.yaml`,
        lines.toSpliced(i * 50, 3, `other ${i}\n`).join(""),
      ]),
    );
    await git.repository.commit(files);
    await git.repository.git("repack", "-adfq");
    const idx = await git.repository.git("count-objects", "-v");
    assert.match(idx, /in-pack: 22/);

    const snapshot = await fetcher({ url: git.server.url }).fetch(never);

    assert.deepEqual(Object.fromEntries(snapshot!.files), files);
  }
});
