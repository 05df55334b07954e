import assert from "assert";
import { HttpConnection } from "./http_connection.ts";

/** A server of raw answers, one a request; an empty one closes the connection. */
function serve(...answers: string[]): { port: number } & AsyncDisposable {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const run = async () => {
    using connection = await listener.accept();
    const buffer = new Uint8Array(4096);
    for (const answer of answers) {
      for (let request = ""; !request.endsWith('{"a":1}');) {
        const count = await connection.read(buffer);
        if (count === null) return;
        request += new TextDecoder().decode(buffer.subarray(0, count));
      }
      await connection.write(new TextEncoder().encode(answer));
    }
  };
  const running = run();
  return {
    port: listener.addr.port,
    async [Symbol.asyncDispose]() {
      listener.close();
      await running;
    },
  };
}

const request = { path: "/", body: '{"a":1}', keepAlive: true };

Deno.test("a connection serves one request after the other, whatever the framing", async () => {
  await using server = serve(
    "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nä!",
    "HTTP/1.1 503 Busy\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
  );
  using connection = await HttpConnection.open("127.0.0.1", server.port);
  assert.equal((await connection.post(request)).body, "ä!");
  assert.equal(connection.closed, false);
  const { status, body } = await connection.post(request);
  assert.deepEqual({ status, body }, { status: 503, body: "abcde" });
});

Deno.test("connection: close is obeyed", async () => {
  await using server = serve("HTTP/1.1 200 OK\r\nConnection: close\r\ncontent-length: 0\r\n\r\n");
  using connection = await HttpConnection.open("127.0.0.1", server.port);
  await connection.post(request);
  assert.equal(connection.closed, true);
});

Deno.test("an answer that breaks off is a failure, and nothing is sent again", async () => {
  await using server = serve("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc");
  using connection = await HttpConnection.open("127.0.0.1", server.port);
  await assert.rejects(connection.post(request), /closed the connection before the end/);
  assert.equal(connection.closed, true);
});
