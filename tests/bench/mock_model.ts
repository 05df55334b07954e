/**
 * A model server that speaks just enough of Gemini's API to measure what stands before it, and takes
 * the telemetry that OTLP brings to it. Its argument is how many milliseconds an answer takes.
 */
const delay = Number(Deno.args[0] ?? 0);
const answer = JSON.stringify({
  candidates: [{
    content: { role: "model", parts: [{ text: "Hello Ann, good to see you." }] },
    finishReason: "STOP",
  }],
  usageMetadata: { promptTokenCount: 8, candidatesTokenCount: 8, totalTokenCount: 16 },
});

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => console.log(port),
}, async (request) => {
  await request.text();
  const isTelemetry = new URL(request.url).pathname.startsWith("/v1/");
  if (delay > 0 && !isTelemetry) await new Promise((answer) => setTimeout(answer, delay));
  return new Response(answer, { headers: { "content-type": "application/json" } });
});
