import assert from "assert";
import { call, ECHO, echoFlow } from "./echo_flow.ts";
import { genkitd } from "./genkitd.ts";

Deno.test("serve: /metrics forgets a flow that was renamed, read or not", async (t) => {
  const file = await Deno.makeTempFile({ prefix: "genkitd-gone-", suffix: ".yaml" });
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => Deno.remove(file));
  const objects = (name: string) => `${ECHO}---\n${echoFlow(name, "hello")}`;
  await Deno.writeTextFile(file, objects("first"));
  await using server = await genkitd(["serve", file, "--port", "0", "--metrics-port", "0"]);
  const [, metricsUrl = ""] = await server.saw(/Metrics are at (\S+)/);
  const rename = async (name: string) => {
    const reloaded = server.says(new RegExp(`Reloaded: added ${name}; removed`));
    await Deno.writeTextFile(file, objects(name));
    await reloaded;
  };
  /** The metrics that have a series of a flow. */
  const told = async (flow: string) => {
    const lines = (await (await fetch(metricsUrl)).text()).split("\n")
      .filter((line) => line.includes(`genkitd_flow="${flow}"`));
    return new Set(lines.map((line) => line.slice(0, line.indexOf("{"))));
  };
  const calls = "genkitd_request_duration_seconds_count";

  await t.step("all that it said of the old name is gone", async () => {
    assert.match(await call(server.url, "first"), /hello/);
    assert.ok((await told("first")).has(calls));
    await rename("second");
    assert.match(await call(server.url, "second"), /hello/);
    assert.deepEqual(await told("first"), new Set());
    assert.ok((await told("second")).has(calls));
  });
  await t.step("a name that comes back begins from nothing, with no reading between", async () => {
    await rename("first");
    await rename("second");
    assert.equal((await told("second")).has(calls), false);
    assert.ok((await told("second")).has("genkitd_flow_serving"));
  });
});
