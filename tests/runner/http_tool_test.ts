import assert from "assert";
import { flowTools } from "../../runner/tools/flow_tools.ts";
import { callTool, type Seen, toolServer } from "./tool_call.ts";

for (const method of ["POST", "PUT", "PATCH", "patch", undefined]) {
  Deno.test(`an HTTP tool with the method ${method} sends its input as JSON`, async () => {
    const { seen, output } = await callTool({ ...method && { method } }, { city: "Paris" });
    assert.equal(seen.method, (method ?? "POST").toUpperCase());
    assert.equal(seen.url, "https://tools.example/look");
    assert.equal(seen.headers["content-type"], "application/json");
    assert.deepEqual(JSON.parse(seen.body), { city: "Paris" });
    assert.deepEqual(output, { ok: true });
  });
}

for (const method of ["GET", "DELETE"]) {
  Deno.test(`an HTTP tool with the method ${method} sends its input in the query`, async () => {
    const url = "https://tools.example/look?v=1";
    const input = { city: "São Paulo", days: [1, 2], at: { a: 1 }, none: null };
    const { seen } = await callTool({ method, url }, input);
    assert.equal(seen.method, method);
    assert.equal(seen.body, "");
    assert.deepEqual([...new URL(seen.url).searchParams], [
      ["v", "1"],
      ["city", "São Paulo"],
      ["days", "1"],
      ["days", "2"],
      ["at", '{"a":1}'],
    ]);
  });
}

Deno.test("an HTTP tool sends the headers of its Secret", async () => {
  const { seen } = await callTool({ headers: { authorization: "Bearer x" } }, {});
  assert.equal(seen.headers.authorization, "Bearer x");
  assert.equal(seen.redirect, "manual", "and to no other server");
});

Deno.test("an HTTP tool takes no inherited field for one of the input", async () => {
  const url = "https://tools.example/{toString}";
  await assert.rejects(callTool({ url }, {}), /needs "toString" of the input, which is missing$/);
});

Deno.test("an HTTP tool gives a text where the answer is not JSON", async () => {
  const { output } = await callTool({}, {}, () => new Response("sunny"));
  assert.equal(output, "sunny");
});

Deno.test("an HTTP tool's text is read in the charset that its server names", async () => {
  const latin = new Uint8Array([0x68, 0xe9]);
  const text = (charset: string, body = latin) => () =>
    new Response(body, { headers: { "content-type": `text/plain; charset=${charset}` } });
  for (const charset of ["iso-8859-1", '"windows-1252"', "ISO-8859-15; format=flowed"]) {
    assert.equal((await callTool({}, {}, text(charset))).output, "hé");
  }
  const utf8 = new TextEncoder().encode("hé");
  assert.equal((await callTool({}, {}, text("unheard-of", utf8))).output, "hé");
});

Deno.test("an HTTP tool gives JSON of any kind", async () => {
  const headers = { "content-type": "application/problem+json; charset=utf-8" };
  const { output } = await callTool({}, {}, () => new Response("[1]", { headers }));
  assert.deepEqual(output, [1]);
});

Deno.test("a flowRef tool posts its input to the flow's address", async () => {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => Response.json([request.method, await request.json()]),
  );
  const url = `http://127.0.0.1:${server.addr.port}/weather`;
  const definition = { name: "weather", description: "" };
  const flowRef = { name: "weather", url };
  const [tool] = flowTools([{ definition, implementation: { flowRef } }]);
  assert.deepEqual(await tool!.run({ a: 1 }), ["POST", { a: 1 }]);
  await server.shutdown();
});

Deno.test("a tool that nothing runs says so", async () => {
  const definition = { name: "weather", description: "" };
  const cases: [implementation: Record<string, unknown>, why: string][] = [
    [{ flowRef: { name: "sky" } }, 'the server has no flow "sky"'],
    [{}, "it has neither an http nor a flowRef implementation"],
  ];
  for (const [implementation, why] of cases) {
    const [tool] = flowTools([{ definition, implementation }]);
    await assert.rejects(tool!.run({}), {
      status: "INTERNAL",
      http: 502,
      message: `The tool "weather" failed: ${why}`,
    });
  }
});

Deno.test("an HTTP tool's own headers are sent, and those of its Secret go before them", async () => {
  const headers = { "x-team": "a", "x-key": "plain" };
  let sent: Headers | undefined;
  await using server = await toolServer((request) => {
    sent = request.headers;
    return Response.json({});
  });
  const implementation = { http: { url: server.url, headers } };
  const [tool] = flowTools([{ definition: { name: "t", description: "" }, implementation }], {
    t: { "x-key": "secret" },
  });
  await tool!.run({});
  assert.equal(sent!.get("x-team"), "a");
  assert.equal(sent!.get("x-key"), "secret");
});

Deno.test("an HTTP tool puts fields of its input into its URL, and sends the others", async (t) => {
  const url = "https://tools.example/cities/{city}/days?unit={unit}";
  const input = { city: "São Paulo/../x?y#z", unit: "°C & more", days: 2 };
  const place =
    "https://tools.example/cities/S%C3%A3o%20Paulo%2F..%2Fx%3Fy%23z/days?unit=%C2%B0C%20%26%20more";
  await t.step("in the body", async () => {
    const { seen } = await callTool({ url }, input);
    assert.equal(seen.url, place);
    assert.deepEqual(JSON.parse(seen.body), { days: 2 });
  });
  await t.step("in the query", async () => {
    const { seen } = await callTool({ url, method: "GET" }, input);
    assert.equal(seen.url, `${place}&days=2`);
  });
  await t.step("half of a surrogate pair", async () => {
    const { seen } = await callTool({ url }, { city: "a\ud800", unit: "\udc00" });
    assert.equal(seen.url, "https://tools.example/cities/a%EF%BF%BD/days?unit=%EF%BF%BD");
  });
});

const misfits: [what: string, input: unknown, why: string][] = [
  ["is missing", {}, 'its URL needs "city" of the input, which is missing'],
  ["is empty", { city: "" }, 'its URL needs "city" of the input, which is missing'],
  ["is an object", { city: { a: 1 } }, 'its URL needs "city" of the input, which is no text'],
  ["would climb up", { city: ".." }, 'its URL would have the segment "..", which changes the path'],
];
for (const [what, input, why] of misfits) {
  Deno.test(`an HTTP tool is not called where a field of its URL ${what}`, async () => {
    const seen: Seen[] = [];
    const url = "https://tools.example/cities/{city}/x";
    await assert.rejects(callTool({ url }, input, undefined, seen), {
      message: `The tool "look" failed: ${why}`,
    });
    assert.equal(seen.length, 0);
  });
}
