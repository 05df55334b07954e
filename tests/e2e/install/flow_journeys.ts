import assert from "assert";
import { customKinds } from "../../../shared/api/kinds.ts";
import { objectOf } from "../../unit/api/objects.ts";
import { condition } from "../../cluster/condition.ts";
import type { Journey } from "./journey.ts";
import { flow, model, OFTEN, prompt, RUNNER, SHARED } from "./objects.ts";
import { loadOf } from "./load_of.ts";
import { rolls } from "./rolls.ts";

/** A Flow of two pods answers; the other journeys have it as well. */
export const aFlowAnswers: Journey = {
  name: "a Flow is Ready, and answers",
  async run({ apply, kubectl, call }) {
    await apply(...SHARED, prompt("greeter", "Hello {{name}}"), flow("greeter", { replicas: 2 }));
    await kubectl("wait", "--for=condition=Ready", "flow/greeter", "--timeout=2m");
    assert.match((await call("greeter")).body, /Hello Ann/);
    assert.match(await kubectl("get", "genkit"), /^flow\.genkit\.dev\/greeter .*True/m);
  },
};

/** A FlowSet answers with each of its flows. */
export const aFlowSetAnswers: Journey = {
  name: "a FlowSet is Ready, and each of its flows answers",
  async run({ apply, kubectl, call }) {
    const part = (name: string, word: string) => ({
      name,
      modelRef: { name: "echo" },
      prompts: [{ prompt: { name, content: `${word} {{name}}` } }],
    });
    const flows = [part("en", "Welcome"), part("es", "Bienvenida")];
    await apply(objectOf("FlowSet", { image: RUNNER, probes: OFTEN, flows }, "suite"));
    await kubectl("wait", "--for=condition=Ready", "flowset/suite", "--timeout=2m");
    assert.match((await call("en", "suite")).body, /Welcome Ann/);
    assert.match((await call("es", "suite")).body, /Bienvenida Ann/);
  },
};

/** A Tool that is another Flow is called in that Flow's pod, at its Service. */
export const aToolIsAnotherFlow: Journey = {
  name: "a Tool with flowRef is answered by the pod of another Flow",
  async run({ apply, ready, call, cluster, way }) {
    const definition = {
      name: "capital",
      description: "Tells the capital of a country",
      inputSchema: { type: "object", properties: { country: { type: "string" } } },
    };
    await apply(
      prompt("capital", "The capital is Bern"),
      flow("capital"),
      objectOf("Tool", { definition, implementation: { flowRef: { name: "capital" } } }, "capital"),
      model("asking", { callTool: "capital" }),
      prompt("asks", "What is the capital?"),
      flow("asks", { modelRef: { name: "asking" }, toolRefs: [{ name: "capital" }] }),
    );
    await ready("Flow", "capital");
    await ready("Flow", "asks");
    const { body, pod } = await call("asks");
    assert.match(body, /The capital is Bern/, cluster.kubelet.logs(way.namespace, pod));
  },
};

/** An edit of a Prompt, a broken one and a mended one, under load. */
export const aPromptIsEdited: Journey = {
  name: "edits of a Prompt, a broken one too, lose no request",
  async run(installation) {
    const { client, edit, ready, seen, at, call } = installation;
    const load = await loadOf(installation, "greeter");
    await rolls(installation, "greeter", () => edit("gpr", "greeter", { content: "Bye {{name}}" }));
    assert.match((await call("greeter")).body, /Bye Ann/);

    const { endpoints } = await client("greeter");
    const before = endpoints.now();
    await edit("gpr", "greeter", { content: "Bye {{name" });
    const broken = await seen.until(
      customKinds.Flow,
      at("greeter"),
      (flow) => condition(flow, "Degraded")?.status === "True" ? flow : undefined,
    );
    assert.match(condition(broken, "Ready")!.message, /Prompt "greeter": spec\.content: /);
    await load.more(100);
    assert.deepEqual(endpoints.now(), before, "the last good ones serve on");
    await edit("gpr", "greeter", { content: "Bye {{name}}" });
    await seen.until(customKinds.Flow, at("greeter"), (flow) => !condition(flow, "Degraded"));
    await ready("Flow", "greeter");
    await load.more(50);
    const { answered, failed } = await load.stop();
    assert.deepEqual(failed, []);
    assert.ok(answered > 250, `${answered} answers`);
  },
};

/** An edit of a Model rolls those that use it, as their first model or in its place, and no others. */
export const aModelIsEdited: Journey = {
  name: "an edit of a Model rolls its users, of a fallback too, and nobody else",
  async run(installation) {
    const { apply, edit, ready, call, client } = installation;
    await apply(
      model("failing", { fail: { status: "UNAVAILABLE" } }),
      model("spare", { text: "the spare one" }),
      prompt("careful", "Hello"),
      flow("careful", { models: [{ name: "failing" }, { name: "spare" }] }),
    );
    await ready("Flow", "careful");
    assert.match((await call("careful")).body, /the spare one/);
    const others = (await client("greeter")).endpoints.now();
    await rolls(
      installation,
      "careful",
      () => edit("gmd", "spare", { defaultConfig: { text: "another spare one" } }),
    );
    assert.match((await call("careful")).body, /another spare one/);
    await rolls(
      installation,
      "careful",
      () => edit("gmd", "failing", { defaultConfig: { fail: null, text: "mended" } }),
    );
    assert.match((await call("careful")).body, /mended/);
    assert.deepEqual((await client("greeter")).endpoints.now(), others);
  },
};

/** Suspended, resumed, scaled. */
export const aFlowIsSuspendedAndScaled: Journey = {
  name: "a Flow is suspended, resumed and scaled",
  async run({ edit, ready, client, kubectl, call, seen, at }) {
    const { endpoints } = await client("greeter");
    await edit("gfl", "greeter", { suspend: true });
    await endpoints.until((now) => now.length === 0);
    await seen.until(
      customKinds.Flow,
      at("greeter"),
      (flow) => condition(flow, "Ready")?.reason === "Suspended",
    );
    await edit("gfl", "greeter", { suspend: false });
    await endpoints.until((now) => now.length === 2);
    await kubectl("scale", "--replicas=3", "flow/greeter");
    await endpoints.until((now) => now.length === 3);
    await kubectl("scale", "--replicas=1", "flow/greeter");
    await endpoints.until((now) => now.length === 1);
    await ready("Flow", "greeter");
    assert.equal((await call("greeter")).status, 200);
  },
};

/** What is deleted takes all along that was made for it, and nothing else. */
export const aFlowIsDeleted: Journey = {
  name: "a Flow is deleted: all that was made for it goes, and nothing else",
  async run({ kubectl }) {
    const made = ["get", "deployments,services,configmaps,pods", "-o", "name"];
    const selected = [...made, "-l", "genkit.dev/flow=careful"];
    assert.match(await kubectl(...selected), /deployment.*service.*pod/s);
    await kubectl("delete", "flow/careful");
    const rest = (await kubectl(...selected)).trim().split("\n").filter((name) => name !== "");
    if (rest.length > 0) await kubectl("wait", "--for=delete", "--timeout=2m", ...rest);
    assert.equal(await kubectl(...selected), "");
    assert.match(await kubectl(...made), /deployment.apps\/greeter/);
  },
};
