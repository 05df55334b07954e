/** Objects that go from one to another: from kubectl to a FlowSource, from one to the next. */
import assert from "assert";
import { customKinds } from "../../shared/api/kinds.ts";
import { gitRepository } from "../sources/git_repository.ts";
import { gitServer } from "../sources/git_server.ts";
import { contentOf, flowSource, promptFile, readyOf, syncer } from "./flow_source_cluster.ts";
import { startOperatedCluster } from "./operated_cluster.ts";

const { FlowSource, Prompt } = customKinds;

Deno.test("FlowSource: an object with its labels is handed over for good", async (t) => {
  await using repository = await gitRepository();
  await using server = await gitServer(repository.folder);
  await using operated = await startOperatedCluster();
  const { cluster, at, apply, kubectl } = operated;
  await operated.operate();
  const sync = syncer(operated);
  const get = (name: string) => cluster.api.get(Prompt, at(name));
  const label = (name: string, source: string) =>
    kubectl(
      ...["label", "gpr", name, "--overwrite"],
      ...[`genkit.dev/source=${source}`, "genkit.dev/source-namespace=demo"],
    );
  const source = (path: string) => flowSource(path, { git: { url: server.url, path } });
  const synced = (name: string) =>
    cluster.until(FlowSource, at(name), (it) => /^\w+ \w/.test(readyOf(it)) && it?.status);

  await t.step("from kubectl: what the source has no more of is gone", async () => {
    await apply(`${promptFile("hello", "Hello")}  description: By hand\n`);
    await repository.commit({ "a/hello.yaml": promptFile("hello", "Hi") });
    await apply([source("a")]);
    await synced("a");
    await label("hello", "a");
    assert.match(readyOf(await sync("a")), /^True Synced/);
    assert.deepEqual((await get("hello"))!.spec, { content: "Hi" });
  });

  await t.step("from a FlowSource to another, which may change it from then on", async () => {
    await repository.commit({ "b/hello.yaml": promptFile("hello", "Hi") });
    await apply([source("b")]);
    await synced("b");
    await label("hello", "b");
    assert.match(readyOf(await sync("b")), /^True Synced/);
    await repository.commit({ "b/hello.yaml": promptFile("hello", "Hey") });
    assert.match(readyOf(await sync("b")), /^True Synced/);
    assert.equal(contentOf(await get("hello")), "Hey");
    assert.match(readyOf(await sync("a")), /^False Conflict: .*is of FlowSource "demo\/b"/);
  });

  await t.step("what somebody edits after that is theirs", async () => {
    await operated.patch("gpr", "hello", { spec: { content: "By hand" } });
    assert.match(readyOf(await sync("b")), /^False Conflict: .*conflict with "kubectl-patch"/);
    assert.equal(contentOf(await get("hello")), "By hand");
  });
});
