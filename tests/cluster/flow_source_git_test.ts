/** FlowSources of a real Git server on a real API server; the operator has what the overlay gives. */
import assert from "assert";
import { resources } from "../../operator/kubernetes/resources.ts";
import { customKinds } from "../../shared/api/kinds.ts";
import { gitRepository } from "../sources/git_repository.ts";
import { gitServer } from "../sources/git_server.ts";
import { condition, ifTrue } from "./condition.ts";
import {
  contentOf,
  flowSource,
  inventoryOf,
  promptFile,
  readyOf,
  statusOf,
  syncer,
} from "./flow_source_cluster.ts";
import { startOperatedCluster } from "./operated_cluster.ts";

const { FlowSource, Prompt } = customKinds;

/** Its lists have defaults of the API server's inside. */
const FLOW = `{apiVersion: genkit.dev/v1alpha1, kind: Flow, metadata: {name: greeter}, spec: {
  image: "genkitd:1", prompts: [{promptRef: {name: hello}}, {prompt: {name: p, content: "Hi"}}],
  env: [{name: A, value: b}, {name: B, valueFrom: {secretKeyRef: {key: b}}}]}}
`;

Deno.test("FlowSource: a Git repository on a real API server", async (t) => {
  await using repository = await gitRepository();
  await using server = await gitServer(repository.folder);
  await using operated = await startOperatedCluster();
  const { cluster, at, apply, patch } = operated;
  let operator = await operated.operate();
  const sync = syncer(operated);
  const get = (name: string) => cluster.api.get(Prompt, at(name));
  /** Deletes a Prompt; a sync that is tried again by itself may make it anew at once. */
  const remove = async (name: string) => {
    const { metadata: { uid } } = (await get(name))!;
    await operated.kubectl("delete", "gpr", name);
    await cluster.until(Prompt, at(name), (it) => it?.metadata.uid !== uid);
  };
  const git = { url: server.url };

  await t.step("its objects are applied, and it is Ready with the revision", async () => {
    const commit = await repository.commit({
      "hello.yaml": promptFile("hello", "Hello {{name}}"),
      "bye.yaml": promptFile("bye", "Bye {{name}}"),
      "flow.yaml": FLOW,
    });
    await apply([flowSource("flows", { git, prune: true })]);
    const synced = await cluster.until(FlowSource, at("flows"), (it) => ifTrue(it, "Ready"));
    assert.equal(statusOf(synced).lastAppliedRevision, `main@sha1:${commit}`);
    assert.equal(
      readyOf(synced),
      `True Synced: Revision "main@sha1:${commit}" is applied: 3 objects`,
    );
    assert.deepEqual(inventoryOf(synced), ["Flow/greeter", "Prompt/bye", "Prompt/hello"]);
    assert.equal(contentOf(await get("hello")), "Hello {{name}}");
  });

  await t.step("an edit changes what it touches, and nothing else", async () => {
    const before = await get("bye");
    await repository.commit({ "hello.yaml": promptFile("hello", "Hi {{name}}") });
    const { applied, pruned } = statusOf(await sync("flows")).sync!;
    assert.deepEqual({ applied, pruned }, { applied: 1, pruned: 0 });
    assert.equal(contentOf(await get("hello")), "Hi {{name}}");
    assert.deepEqual((await get("bye"))!.metadata, before!.metadata);
  });

  await t.step(
    "a file that is taken out is pruned, and nothing that is not in the inventory",
    async () => {
      await apply(promptFile("stranger", "Mine"));
      await repository.commit({ "bye.yaml": null });
      assert.deepEqual(inventoryOf(await sync("flows")), ["Flow/greeter", "Prompt/hello"]);
      assert.equal(await get("bye"), undefined);
      assert.equal(contentOf(await get("stranger")), "Mine");
    },
  );

  await t.step(
    "a broken push: the good part is applied, the last good rest stays, with the line",
    async () => {
      const good = statusOf(await cluster.api.get(FlowSource, at("flows"))).lastAppliedRevision;
      await repository.commit({
        "flow.yaml": null,
        "hello.yaml":
          "apiVersion: genkit.dev/v1alpha1\nkind: Prompt\nmetadata: {name: hello}\nspec:\n  content: [\n",
        "new.yaml": promptFile("new", "New"),
      });
      const synced = await sync("flows");
      assert.match(readyOf(synced), /^False InvalidContent: hello\.yaml:\d+:\d+: /);
      assert.equal(condition(synced, "Reconciling"), undefined);
      assert.equal(statusOf(synced).lastAppliedRevision, good);
      assert.deepEqual(inventoryOf(synced), ["Flow/greeter", "Prompt/hello", "Prompt/new"]);
      assert.equal(contentOf(await get("hello")), "Hi {{name}}");
      assert.ok(
        await cluster.api.get(customKinds.Flow, at("greeter")),
        "nothing is pruned meanwhile",
      );

      await repository.commit({
        "hello.yaml": `${promptFile("hello", "Hi")}  engine: x\n  content: {}\n`,
      });
      assert.match(readyOf(await sync("flows")), /hello\.yaml:7:3: key "content" is already set/);
      await repository.commit({
        "hello.yaml":
          "apiVersion: genkit.dev/v1alpha1\nkind: Prompt\nmetadata:\n  name: hello\n  namespace: other\nspec:\n  content: Hi\n",
      });
      assert.match(
        readyOf(await sync("flows")),
        /hello\.yaml:5:\d+: Prompt "hello": metadata\.namespace: is "other", should be "demo"/,
      );

      await repository.commit({ "hello.yaml": promptFile("hello", "Hey") });
      assert.deepEqual(inventoryOf(await sync("flows")), ["Prompt/hello", "Prompt/new"]);
      assert.equal(contentOf(await get("hello")), "Hey");
    },
  );

  await t.step("other kinds are named and not applied", async () => {
    await repository.commit({
      "secret.yaml":
        "apiVersion: v1\nkind: Secret\nmetadata: {name: key}\nstringData: {a: hidden}\n",
      "own.yaml":
        `apiVersion: genkit.dev/v1alpha1\nkind: FlowSource\nmetadata: {name: more}\nspec: {oci: {url: "oci://a/b"}}\n`,
    });
    const synced = await sync("flows");
    assert.match(readyOf(synced), /^True Synced/);
    assert.deepEqual(statusOf(synced).skipped, [
      'FlowSource "more" (own.yaml:1)',
      'Secret "key" (secret.yaml:1)',
    ]);
    assert.equal(await cluster.api.get(resources.Secret, at("key")), undefined);
    assert.equal(await cluster.api.get(FlowSource, at("more")), undefined);
  });

  await t.step("an object of somebody else is reported and left as it is", async () => {
    await repository.commit({ "stranger.yaml": promptFile("stranger", "Ours") });
    const synced = await sync("flows");
    assert.match(
      readyOf(synced),
      /^False Conflict: .*Prompt "demo\/stranger": it is there and is of no FlowSource/,
    );
    assert.deepEqual(inventoryOf(synced), ["Prompt/hello", "Prompt/new"]);
    assert.equal(contentOf(await get("stranger")), "Mine");
    await repository.commit({ "stranger.yaml": null });
    await sync("flows");
    assert.equal(contentOf(await get("stranger")), "Mine");
  });

  await t.step(
    "what somebody changed by hand is theirs; what somebody deleted is made again",
    async () => {
      await patch("gpr", "hello", { spec: { content: "By hand" } });
      await remove("new");
      const synced = await sync("flows");
      assert.match(readyOf(synced), /^False Conflict: .*conflict with "kubectl-patch".*content/);
      assert.equal(contentOf(await get("hello")), "By hand");
      assert.equal(contentOf(await get("new")), "New");
      await remove("hello");
      assert.match(readyOf(await sync("flows")), /^True Synced/);
      assert.equal(contentOf(await get("hello")), "Hey");
    },
  );

  await t.step("a repository that is empty, or away, prunes nothing", async () => {
    await repository.commit({ "hello.yaml": null, "new.yaml": null, "secret.yaml": null });
    const synced = await sync("flows");
    assert.match(readyOf(synced), /^False SourceEmpty: .*spec\.allowEmpty/);
    assert.deepEqual(inventoryOf(synced), ["Prompt/hello", "Prompt/new"]);
    await server.stop();
    assert.match(readyOf(await sync("flows")), /^False Unreachable/);
    assert.equal(contentOf(await get("hello")), "Hey");
    await server.start();
    await repository.commit({
      "hello.yaml": promptFile("hello", "Back"),
      "new.yaml": promptFile("new", "New"),
    });
    await sync("flows");
    assert.equal(contentOf(await get("hello")), "Back");
  });

  await t.step("suspended, the repository is not asked, until it is resumed", async () => {
    await patch("gfsrc", "flows", { spec: { suspend: true } });
    await cluster.until(
      FlowSource,
      at("flows"),
      (it) => condition(it, "Ready")?.reason === "Suspended",
    );
    server.seen();
    await repository.commit({ "hello.yaml": promptFile("hello", "Resumed"), "flow.yaml": FLOW });
    await patch("gfsrc", "flows", {
      metadata: { annotations: { "genkit.dev/reconcile-requested-at": "x" } },
    });
    assert.deepEqual(server.seen(), []);
    await patch("gfsrc", "flows", { spec: { suspend: false } });
    await cluster.until(Prompt, at("hello"), (it) => contentOf(it) === "Resumed");
  });

  await t.step("another operator that takes over writes nothing that is so already", async () => {
    const versions = async () => {
      const kinds = [Prompt, customKinds.Flow, FlowSource];
      const lists = await Promise.all(kinds.map((kind) => cluster.api.list(kind)));
      return lists.flatMap(({ items }) =>
        items.map(({ metadata }) => `${metadata.name} ${metadata.resourceVersion}`)
      );
    };
    await sync("flows");
    // What was applied gets its status from another part of the operator.
    for (const name of ["hello", "new"]) {
      await cluster.until(Prompt, at(name), (it) => condition(it, "Ready"));
    }
    await cluster.until(customKinds.Flow, at("greeter"), (it) => condition(it, "Ready"));
    const before = await versions();
    const next = operated.operate("--log-level", "debug");
    operator.kill("SIGTERM");
    operator = await next;
    await operator.saw(
      /"message":"synced","source":"FlowSource\/demo\/flows","result":"unchanged"/,
    );
    assert.deepEqual(await versions(), before);
    const metrics = await (await fetch(operator.metrics)).text();
    assert.doesNotMatch(metrics, /api_requests_total\{verb="apply",resource="(prompts|flows)"/);
    await repository.commit({ "hello.yaml": promptFile("hello", "Under another") });
    await sync("flows");
    assert.equal(contentOf(await get("hello")), "Under another");
  });

  await t.step("kubectl shows the revision, and Events what came to pass", async () => {
    const row = (await operated.kubectl("get", "gfsrc")).trim().split("\n").at(-1)!;
    assert.match(row, /^flows +True +main@sha1:[0-9a-f]{40} +\d+\w+$/);
    const events = await operated.kubectl(
      ...[
        "get",
        "events",
        "-o",
        "jsonpath={range .items[*]}{.involvedObject.kind} {.type} {.reason}{'\\n'}{end}",
      ],
    );
    for (const told of ["Normal Synced", "Warning InvalidContent", "Warning Conflict"]) {
      assert.ok(events.includes(`FlowSource ${told}`), events);
    }
  });

  await t.step("deleted, it takes along what it applied and nothing else", async () => {
    await operated.kubectl("label", "gpr", "new", "genkit.dev/source-");
    await operated.kubectl("delete", "gfsrc", "flows", "--timeout=5m");
    assert.equal(await get("hello"), undefined);
    assert.equal(contentOf(await get("new")), "New");
    assert.equal(contentOf(await get("stranger")), "Mine");
  });
});
