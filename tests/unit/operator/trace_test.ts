import assert from "assert";

const TRACE = new URL("../../../operator/trace.ts", import.meta.url).href;

/** What the process that is looked at does: it sends a request within a span, then fails in one. */
const PROGRAM = `
import { traced } from ${JSON.stringify(TRACE)};
const result = await traced("reconcile", { object: "Flow/demo/greeter" }, async (set) => {
  await (await fetch(Deno.env.get("SERVER") + "/apis")).text();
  set("result", "done");
  return "result";
});
console.log(result);
await traced("reconcile", {}, () => Promise.reject(new Error("broken")))
  .catch((error) => console.log(error.message));
`;

interface Span {
  name: string;
  spanId: string;
  parentSpanId: string;
  status?: { code?: number; message?: string };
  attributes: { key: string; value: { stringValue?: string } }[];
}

/** Runs the program beside a collector; gives what it printed and the spans that arrived. */
async function run(env: Record<string, string>): Promise<{ output: string; spans: Span[] }> {
  const spans: Span[] = [];
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    async (request) => {
      if (new URL(request.url).pathname !== "/v1/traces") return new Response("ok");
      const { resourceSpans } = await request.json();
      for (const { scopeSpans } of resourceSpans) {
        for (const scope of scopeSpans) spans.push(...scope.spans);
      }
      return Response.json({});
    },
  );
  const address = `http://127.0.0.1:${server.addr.port}`;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", PROGRAM],
    env: { SERVER: address, OTEL_EXPORTER_OTLP_ENDPOINT: address, NO_COLOR: "1", ...env },
  }).output();
  return { output: new TextDecoder().decode(stdout), spans };
}

Deno.test("trace: a span with its attributes, and the requests it sends below it", async () => {
  const { output, spans } = await run({
    OTEL_DENO: "true",
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    OTEL_DENO_CONSOLE: "ignore",
  });
  assert.equal(output, "result\nbroken\n");
  const [reconcile, failed] = spans.filter(({ name }) => name === "reconcile");
  assert.deepEqual(
    Object.fromEntries(reconcile!.attributes.map(({ key, value }) => [key, value.stringValue])),
    { object: "Flow/demo/greeter", result: "done" },
  );
  const request = spans.find(({ name }) => name === "GET");
  assert.equal(request?.parentSpanId, reconcile!.spanId);
  assert.deepEqual(failed?.status, { code: 2, message: "broken" });
});

Deno.test("trace: nothing but the work where no traces are exported", async () => {
  assert.deepEqual(await run({}), { output: "result\nbroken\n", spans: [] });
});
