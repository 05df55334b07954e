import assert from "assert";
import { GitFetcher } from "../../shared/sources/git/git_fetcher.ts";
import {
  type GitAccess,
  type GitSourceInput,
  gitSourceOptions,
} from "../../shared/sources/git/git_source_options.ts";
import { gitRepository } from "./git_repository.ts";
import { gitServer } from "./git_server.ts";

const never = new AbortController().signal;

function fetcher(input: GitSourceInput, access?: () => GitAccess): GitFetcher {
  return new GitFetcher({ git: gitSourceOptions.parse(input), ...access && { access } });
}

for (const oldProtocol of [false, true]) {
  const which = oldProtocol ? "an old server" : "a server of protocol 2";

  Deno.test(`the files of the default branch are read from ${which}`, async () => {
    await using repository = await gitRepository();
    const oid = await repository.commit({ "flows/a.yaml": "a", "b.json": "{}", "c.md": "c" });
    await using server = await gitServer(repository.folder, { oldProtocol });

    const snapshot = await fetcher({ url: server.url }).fetch(never);

    assert.equal(snapshot!.revision, `main@sha1:${oid}`);
    assert.deepEqual([...snapshot!.files], [["b.json", "{}"], ["flows/a.yaml", "a"]]);
    assert.deepEqual(snapshot!.problems, []);
  });

  Deno.test(`of ${which} an unchanged head costs one request`, async () => {
    await using repository = await gitRepository();
    await repository.commit({ "a.yaml": "1" });
    await using server = await gitServer(repository.folder, { oldProtocol });
    const git = fetcher({ url: server.url, ref: { branch: "main" } });
    await git.fetch(never);
    server.seen();

    assert.equal(await git.fetch(never), undefined);

    assert.equal(server.seen().length, 1);
  });
}
