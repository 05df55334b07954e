import assert from "assert";
import { genkitd } from "../e2e/genkitd.ts";
import { genkitTree } from "../e2e/genkit_tree.ts";
import { echoFlow } from "./fake_flow.ts";
import { MALFORMED_REQUESTS, type MalformedRequest, ODD_REQUESTS } from "./malformed_requests.ts";
import { RawClient } from "./raw_client.ts";
import { testServer } from "./test_server.ts";

/** Sends a request and checks what comes back, and what becomes of the connection. */
async function check(port: number, { bytes, status, says, then }: MalformedRequest): Promise<void> {
  using client = await RawClient.connect(port);
  // The server may answer and close before it has read all of it.
  await client.send(bytes).catch(() => {});
  const head = await client.readUntil("\r\n\r\n");
  // First, as another answer has another end to wait for.
  assert.match(head, new RegExp(`^HTTP/1\\.1 ${status} `));
  const answer = head + await client.readUntil("}}");
  const { error } = JSON.parse(answer.slice(answer.indexOf("{")));
  const said = `${error.status}: ${error.message}`;
  assert.ok(said.includes(says), `it says: ${said}`);
  assert.equal(/^connection: close\r$/im.test(answer), then === "closed", answer);
  assert.doesNotMatch(answer, /planted|\.[tj]s:\d/);
  if (then === "closed") assert.equal(await client.readToEnd(), "");
  else {
    await client.post("/greeter", "{}");
    assert.match(await client.readUntil("\r\n\r\n"), /^HTTP\/1\.1 200 /);
  }
}

async function checkGood(port: number): Promise<void> {
  using client = await RawClient.connect(port);
  await client.post("/greeter", '{"name":"Ann"}');
  assert.match(await client.readUntil("Ann"), /^HTTP\/1\.1 200 /);
}

Deno.test("malformed requests get the right answer, each class its own", async (t) => {
  await using server = await testServer({ greeter: echoFlow });
  // What is slow has a server of its own: a busy machine takes its time for the others, too.
  const limits = { headersTimeout: 2_000, bodyTimeout: 200 };
  await using impatient = await testServer({ greeter: echoFlow }, { limits });
  const titles = MALFORMED_REQUESTS.map(({ title }) => title);
  assert.ok(titles.length >= 24 && new Set(titles).size === titles.length);
  for (const malformed of MALFORMED_REQUESTS) {
    await t.step(malformed.title, async () => {
      const { port } = malformed.slow ? impatient : server;
      await check(port, malformed);
      await checkGood(port);
    });
  }
  const lines = [...server.lines, ...impatient.lines];
  assert.deepEqual(lines.filter(({ level }) => level === "error"), []);
});

Deno.test("odd requests are answered", async (t) => {
  await using server = await testServer({ greeter: echoFlow });
  for (const [title, bytes] of ODD_REQUESTS) {
    await t.step(title, async () => {
      using client = await RawClient.connect(server.port);
      await client.send(bytes);
      assert.match(await client.readUntil("}"), /^(HTTP\/1\.1 100 .*)?HTTP\/1\.1 200 /s);
    });
  }
});

Deno.test("a body that is longer than it says ends the connection, and answers nobody else", async () => {
  await using server = await testServer({ greeter: echoFlow });
  using client = await RawClient.connect(server.port);
  await client.send("POST /greeter HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}{}");
  assert.doesNotMatch(await client.readToEnd(), /HTTP.*HTTP/s);
  await checkGood(server.port);
});

/** The resident memory of a process and of those below it, in MiB. */
async function memory(pid: number): Promise<number> {
  const rss = /VmRSS:\s+(\d+) kB/.exec(await Deno.readTextFile(`/proc/${pid}/status`));
  let total = Number(rss?.[1]) / 1024;
  for await (const { name } of Deno.readDir(`/proc/${pid}/task`)) {
    // A thread may have ended meanwhile.
    const children = await Deno.readTextFile(`/proc/${pid}/task/${name}/children`).catch(() => "");
    for (const child of children.split(" ").filter(Boolean)) total += await memory(Number(child));
  }
  return total;
}

/**
 * Rounds of all classes: the first, those after them, and the last. Memory differs by some 100 MiB from
 * one to the next by the garbage that is just there, so that the most of the first is compared with the
 * least of the last.
 */
const ROUNDS = { first: 4, more: 8, last: 4 };
/** MiB that may be added by them. */
const GROWTH = 60;

Deno.test("a runner gives the same answers, goes on, and its memory does not grow", async () => {
  await using tree = await genkitTree({
    "config.json": { defaultModel: { provider: "echo", model: "echo" }, plugin: { type: "echo" } },
    "prompts/greeter.prompt": "---\ninput:\n  schema:\n    name?: string\n---\nHello {{name}}",
  });
  const args = ["runner", "--root", tree.root, "--host", "127.0.0.1", "--port", "0"];
  await using runner = await genkitd(args, { ready: /"ready".*"(http:\/\/[\w.:]+:\d+)"/ });
  const port = Number(new URL(runner.url).port);
  const quick = MALFORMED_REQUESTS.filter(({ slow }) => !slow);
  const rounds = async (count: number) => {
    const used: number[] = [];
    for (let round = 0; round < count; round++) {
      for (let at = 0; at < quick.length; at += 8) {
        await Promise.all(
          quick.slice(at, at + 8).map((malformed) =>
            check(port, malformed).catch((cause) => {
              throw new Error(`${malformed.title}: ${cause.message}`, { cause });
            })
          ),
        );
      }
      used.push(await memory(runner.pid));
    }
    return used;
  };
  const before = Math.max(...await rounds(ROUNDS.first));
  await rounds(ROUNDS.more);
  const growth = Math.min(...await rounds(ROUNDS.last)) - before;
  assert.ok(growth < GROWTH, `${growth} MiB were added to ${before}`);
  await checkGood(port);
  assert.doesNotMatch(runner.output(), /"level":"error"|planted|\n\s+at /);
  const wrong = await fetch(`${runner.url}/greeter`, { method: "POST", body: '{"name":5}' });
  assert.equal(wrong.status, 400, "a wrong type is known by the prompt's schema");
});
