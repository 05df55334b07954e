/** The least that a proxy in Deno does: the yardstick. Its argument is the mock model's URL. */
const [upstream = ""] = Deno.args;

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => console.log(port),
}, async (request) => {
  const body = await request.text();
  const response = await fetch(upstream, { method: "POST", body });
  return new Response(await response.text(), response);
});
