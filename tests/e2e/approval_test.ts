/** Approval of tools by `genkitd serve`, over HTTP, with the program started anew in between. */
import assert from "assert";
import { runFlow, streamFlow } from "genkit/beta/client";
import { toolServer } from "../runner/tool_call.ts";
import { genkitd } from "./genkitd.ts";

function objects(url: string): string {
  return `apiVersion: genkit.dev/v1alpha1
kind: PluginConfig
metadata: { name: echo }
spec: { type: echo, extraConfig: { echo: { callTool: refund } } }
---
apiVersion: genkit.dev/v1alpha1
kind: Tool
metadata: { name: refund }
spec:
  definition: { name: refund, description: Pays an order back, inputSchema: { type: object } }
  implementation:
    http: { url: "${url}" }
    approval: Required
---
apiVersion: genkit.dev/v1alpha1
kind: Flow
metadata: { name: shop }
spec:
  image: example.com/runner
  modelSpec: { provider: echo, model: echo, pluginConfigRef: { name: echo } }
  toolRefs: [{ name: refund }]
  prompts: [{ prompt: { name: main, content: "PLANTED-PROMPT" } }]
`;
}

const decisions = [{ ref: "1", decision: "approve" }];

interface Interrupted {
  interrupted: boolean;
  pending: unknown[];
  resume: string;
}

Deno.test("serve: a call that waits for approval outlives the process", async () => {
  let runs = 0;
  await using tool = await toolServer(() => Response.json({ refunded: ++runs }));
  const file = await Deno.makeTempFile({ prefix: "genkitd-approval-", suffix: ".yaml" });
  await Deno.writeTextFile(file, objects(tool.url));
  const start = (key?: string) =>
    genkitd(["serve", file, "--port", "0", "--no-watch"], {
      env: key === undefined ? {} : { GENKITD_APPROVAL_KEY: key },
    });
  const post = (url: string, body: unknown) =>
    fetch(`${url}/shop`, { method: "POST", body: JSON.stringify(body) });
  try {
    let resume: string;
    {
      await using server = await start("a-secret-of-32-characters-or-more");
      const response = await post(server.url, {});
      assert.equal(response.headers.get("x-genkitd-interrupted"), "true");
      const body: Interrupted = await response.json();
      assert.deepEqual(body.pending, [{ ref: "1", name: "refund", input: {} }]);
      ({ resume } = body);
    }
    assert.equal(runs, 0);
    {
      await using server = await start("a-secret-of-32-characters-or-more");
      assert.deepEqual(await (await post(server.url, { resume, decisions })).json(), {
        refunded: 1,
      });
      assert.ok(!/GENKITD_APPROVAL_KEY/.test(server.output()));
      assert.ok(!server.output().includes(resume));
    }
    await using server = await start();
    await server.saw(/its tool "refund" needs approval.* GENKITD_APPROVAL_KEY/);
    assert.equal((await post(server.url, { resume, decisions })).status, 400);

    // Genkit's own client, whole and streamed.
    const url = `${server.url}/shop`;
    const first = await runFlow<Interrupted>({ url, input: {} });
    assert.equal(first.interrupted, true);
    const input = { resume: first.resume, decisions };
    assert.equal(await runFlow({ url, input }), '{"refunded":2}');
    const streamed = await streamFlow<Interrupted>({ url, input: {} }).output;
    assert.equal(streamed.interrupted, true);
    const again = streamFlow({ url, input: { resume: streamed.resume, decisions } });
    assert.equal(await again.output, '{"refunded":3}');
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("serve --replay: a tool interrupts as it did, and then says what was recorded", async () => {
  let runs = 0;
  const dir = await Deno.makeTempDir({ prefix: "genkitd-approval-" });
  const [file, recording] = [`${dir}/objects.yaml`, `${dir}/recording.json`];
  const run = async (how: string) => {
    await using server = await genkitd([
      "serve",
      file,
      "--port",
      "0",
      "--no-watch",
      how,
      recording,
    ]);
    const url = `${server.url}/shop`;
    const { interrupted, resume } = await runFlow<Interrupted>({ url, input: {} });
    assert.equal(interrupted, true);
    const answer = await runFlow({ url, input: { resume, decisions } });
    server.kill("SIGTERM");
    await server.ended;
    return answer;
  };
  try {
    await using tool = await toolServer(() => Response.json({ refunded: ++runs }));
    await Deno.writeTextFile(file, objects(tool.url));
    assert.equal(await run("--record"), '{"refunded":1}');
    assert.equal(await run("--replay"), '{"refunded":1}');
    assert.equal(runs, 1);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
