import assert from "assert";
import { failure, fetcher, never, read, served } from "./git_reading.ts";

for (const oldProtocol of [false, true]) {
  const server = oldProtocol ? "an old server" : "a server of protocol 2";

  Deno.test(`the files of the default branch are read from ${server}`, async () => {
    await using git = await served({ oldProtocol });
    const oid = await git.repository.commit({ "flows/a.yaml": "a", "b.json": "{}", "c.md": "c" });

    const { revision, files, problems, warnings } = await read({ url: git.server.url });

    assert.equal(revision, `main@sha1:${oid}`);
    assert.deepEqual([...files], [["b.json", "{}"], ["flows/a.yaml", "a"]]);
    assert.deepEqual([problems, warnings], [[], []]);
  });

  Deno.test(`of ${server} an unchanged head costs one request`, async () => {
    await using git = await served({ oldProtocol });
    await git.repository.commit({ "a.yaml": "1" });
    const reader = fetcher({ url: git.server.url, ref: { branch: "main" } });
    await reader.fetch(never);
    git.server.seen();

    assert.equal(await reader.fetch(never), undefined);

    assert.equal(git.server.seen().length, 1);
  });

  Deno.test(`each kind of reference is found at ${server}`, async (t) => {
    await using git = await served({ oldProtocol });
    const { repository, server } = git;
    await repository.git("config", "uploadpack.allowAnySHA1InWant", "true");
    const first = await repository.commit({ "a.yaml": "1" });
    await repository.git("tag", "v1.2.0");
    const second = await repository.commit({ "a.yaml": "2" });
    await repository.git("tag", "-a", "-m", "annotated", "v1.10.0");
    await repository.git("branch", "stable", first);
    await repository.git("branch", "stable2", second);
    const third = await repository.commit({ "a.yaml": "3" });
    await repository.git("tag", "v2.0.0-rc.1");
    await repository.git("tag", "nightly");
    await repository.git("update-ref", "refs/pull/7/head", first);

    const cases = [
      [{ branch: "stable" }, "stable", first],
      [{ tag: "v1.2.0" }, "v1.2.0", first],
      [{ tag: "v1.10.0" }, "v1.10.0", second],
      [{ semver: ">=1.0" }, "v1.10.0", second],
      [{ semver: "~1.2" }, "v1.2.0", first],
      [{ semver: ">=2.0.0-0" }, "v2.0.0-rc.1", third],
      [{ name: "stable" }, "stable", first],
      [{ name: "nightly" }, "nightly", third],
      [{ name: "refs/pull/7/head" }, "refs/pull/7/head", first],
      [{ commit: first }, "", first],
    ] as const;
    for (const [ref, name, oid] of cases) {
      await t.step(JSON.stringify(ref), async () => {
        const { revision, files } = await read({ url: server.url, ref });
        assert.equal(revision, name === "" ? `sha1:${oid}` : `${name}@sha1:${oid}`);
        const text = { [first]: "1", [second]: "2", [third]: "3" }[oid];
        assert.deepEqual([...files], [["a.yaml", text]]);
      });
    }
    const missing = [
      [{ branch: "stabel" }, 'there is no branch "stabel" (did you mean "stable"?)'],
      [
        { branch: "production" },
        'there is no branch "production"; the branches are "main", "stable", "stable2"',
      ],
      [{ tag: "v1.2" }, 'there is no tag "v1.2" (did you mean "v1.2.0"?)'],
      [
        { semver: ">=3" },
        'there is no tag of a version in ">=3"; the tags are "nightly", "v1.10.0", "v1.2.0", ' +
        '"v2.0.0-rc.1"',
      ],
      [{ name: "nihgtly" }, 'there is no branch or tag "nihgtly" (did you mean "nightly"?)'],
    ] as const;
    for (const [ref, message] of missing) {
      await t.step(`${JSON.stringify(ref)} is not there`, async () => {
        const { reason, message: said } = await failure(read({ url: server.url, ref }));
        assert.equal(said, `Cannot read Git repository "${server.url}": ${message}`);
        assert.equal(reason, "NotFound");
      });
    }
    await t.step("a commit that is not there", async () => {
      const { message } = await failure(read({ url: server.url, ref: { commit: "1".repeat(40) } }));
      assert.match(message, /the server says "upload-pack: not our ref 1{40}"$/);
    });
  });
}

Deno.test("a commit that was read is not asked for again", async () => {
  await using git = await served();
  const commit = await git.repository.commit({ "a.yaml": "1" });
  const reader = fetcher({ url: git.server.url, ref: { commit } });
  await reader.fetch(never);
  git.server.seen();

  assert.equal(await reader.fetch(never), undefined);

  assert.deepEqual(git.server.seen(), []);
});

Deno.test("a branch is followed: by a push, a force-push back, and not by its deletion", async () => {
  await using git = await served();
  const { repository, server } = git;
  const first = await repository.commit({ "a.yaml": "1" });
  await repository.git("branch", "flows");
  const reader = fetcher({ url: server.url, ref: { branch: "flows" } });
  const next = async () => await reader.fetch(never);

  assert.deepEqual([...(await next())!.files], [["a.yaml", "1"]]);
  const second = await repository.commit({ "a.yaml": "2" });
  await repository.git("branch", "-f", "flows", second);
  assert.deepEqual([...(await next())!.files], [["a.yaml", "2"]]);
  await repository.git("branch", "-f", "flows", first);
  const back = await next();
  assert.equal(back!.revision, `flows@sha1:${first}`);
  assert.deepEqual([...back!.files], [["a.yaml", "1"]]);
  await repository.git("branch", "-D", "flows");
  assert.match((await failure(reader.fetch(never))).message, /there is no branch "flows"/);
  await repository.git("branch", "flows", first);
  assert.equal(await next(), undefined);
});

Deno.test("of a push only the files that it changed are fetched", async () => {
  await using git = await served();
  const many = Object.fromEntries(
    Array.from({ length: 50 }, (_, i) => [`flows/${i}.yaml`, `${i} ${"x".repeat(100)}`]),
  );
  await git.repository.commit(many);
  const reader = fetcher({ url: git.server.url });
  await reader.fetch(never);
  await git.repository.commit({ "flows/7.yaml": "changed" });
  const bodies: string[] = [];
  git.server.behaviour.intercept = (request) => {
    request.on("data", (data) => bodies.push(`${data}`));
    return false;
  };

  const snapshot = await reader.fetch(never);

  assert.equal(snapshot!.files.size, 50);
  assert.equal(snapshot!.files.get("flows/7.yaml"), "changed");
  const wants = bodies.flatMap((body) => body.match(/want [0-9a-f]{40}/g) ?? []);
  assert.equal(wants.length, 2, "the commit and one file");
});

Deno.test("an empty repository is told as one", async () => {
  for (const oldProtocol of [false, true]) {
    await using git = await served({ oldProtocol });
    const { message } = await failure(read({ url: git.server.url }));
    assert.equal(
      message,
      `Cannot read Git repository "${git.server.url}": the repository is empty`,
    );
  }
});
