import assert from "assert";
import { callHttpTool } from "../../runner/tools/http.ts";
import { flowTools } from "../../runner/tools/flow_tools.ts";

interface Seen {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
  redirect: RequestRedirect;
}

/** Calls a tool whose server answers with `response`, and gives what the server saw as well. */
async function call(
  tool: { method?: string; url?: string; headers?: Record<string, string> },
  input: unknown,
  response: () => Response = () => Response.json({ ok: true }),
): Promise<{ seen: Seen; output: unknown }> {
  let seen: Seen | undefined;
  const output = await callHttpTool(
    { name: "look", url: "https://tools.example/look", ...tool },
    input,
    new AbortController().signal,
    async (input, init) => {
      const request = new Request(input, init);
      const { method, url, headers, redirect } = request;
      const body = await request.text();
      seen = { method, url, headers: Object.fromEntries(headers), body, redirect };
      return response();
    },
  );
  return { seen: seen!, output };
}

for (const method of ["POST", "PUT", "PATCH", "patch", undefined]) {
  Deno.test(`an HTTP tool with the method ${method} sends its input as JSON`, async () => {
    const { seen, output } = await call({ ...method && { method } }, { city: "Paris" });
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
    const { seen } = await call({ method, url }, input);
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
  const { seen } = await call({ headers: { authorization: "Bearer x" } }, {});
  assert.equal(seen.headers.authorization, "Bearer x");
  assert.equal(seen.redirect, "manual", "and to no other server");
});

Deno.test("an HTTP tool gives a text where the answer is not JSON", async () => {
  const { output } = await call({}, {}, () => new Response("sunny"));
  assert.equal(output, "sunny");
});

Deno.test("an HTTP tool gives JSON of any kind", async () => {
  const headers = { "content-type": "application/problem+json; charset=utf-8" };
  const { output } = await call({}, {}, () => new Response("[1]", { headers }));
  assert.deepEqual(output, [1]);
});

const failures: Record<string, [response: () => Response, why: string]> = {
  "a failing server": [() => new Response("no", { status: 500 }), "its server answered 500"],
  "a redirect": [
    () => new Response(null, { status: 302, headers: { location: "https://other/" } }),
    "its server answered 302",
  ],
  "an answer that is not the JSON that it says it is": [
    () => new Response("{", { headers: { "content-type": "application/json" } }),
    "its server's answer is not the JSON that it says it is",
  ],
  "no server": [() => {
    throw new TypeError("error sending request for url (https://tools.example/look?secret)");
  }, "its server could not be reached"],
};
for (const [name, [response, why]] of Object.entries(failures)) {
  Deno.test(`an HTTP tool with ${name} fails the call`, async () => {
    await assert.rejects(call({}, {}, response), {
      status: "INTERNAL",
      http: 502,
      message: `The tool "look" failed: ${why}`,
    });
  });
}

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

Deno.test("a tool that nothing runs says so", () => {
  const definition = { name: "weather", description: "" };
  const cases: [implementation: Record<string, unknown>, why: string][] = [
    [{ flowRef: { name: "sky" } }, 'the address of the flow "sky" is not known'],
    [{}, "it has neither an http nor a flowRef implementation"],
  ];
  for (const [implementation, why] of cases) {
    const [tool] = flowTools([{ definition, implementation }]);
    assert.throws(() => tool!.run({}), {
      status: "UNIMPLEMENTED",
      message: `The tool "weather" cannot be called: ${why}`,
    });
  }
});
