/**
 * A model server that speaks just enough of Gemini's API to measure what stands before it, and takes
 * the telemetry that OTLP brings to it.
 */
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
  return new Response(answer, { headers: { "content-type": "application/json" } });
});
