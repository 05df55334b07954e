import assert from "assert";
import { genkitd } from "./genkitd.ts";
import { echoFlows } from "./genkit_tree.ts";

const REQUESTS = 10_000;
const IN_FLIGHT = 32;
const FLOWS = ["one", "two"];

/** A request as the model's server saw it. */
interface Seen {
  /** The flow by the path of its base URL. */
  flow: string;
  key: string;
}

/**
 * A server of Gemini's API that two flows reach by different paths, and that refuses a key which is
 * not the path's. Its answer says flow, key and prompt, so that an answer for the wrong call shows.
 */
function keyedModel(keys: Record<string, string[]>) {
  const seen: Seen[] = [];
  const refused: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { pathname } = new URL(request.url);
    const [, flow = ""] = pathname.split("/");
    const key = request.headers.get("x-goog-api-key") ?? "none";
    const { contents } = await request.json();
    const [{ parts: [{ text: prompt }] }] = contents;
    if (!keys[flow]?.includes(key) || !prompt.endsWith(` of ${flow}`)) {
      refused.push(`${pathname} with ${key} for "${prompt}"`);
      return Response.json({ error: { code: 403, status: "PERMISSION_DENIED" } }, { status: 403 });
    }
    seen.push({ flow, key });
    const candidate = (text: string, finishReason?: string) => ({
      candidates: [{ content: { role: "model", parts: [{ text }] }, finishReason }],
    });
    const texts = [`${flow} heard `, prompt];
    if (!pathname.endsWith(":streamGenerateContent")) {
      return Response.json(candidate(texts.join(""), "STOP"));
    }
    const events = [candidate(texts[0]!), candidate(texts[1]!, "STOP")]
      .map((event) => `data: ${JSON.stringify(event)}\r\n\r\n`);
    return new Response(events.join(""), { headers: { "content-type": "text/event-stream" } });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    seen,
    refused,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** Asks a flow, and gives whether the answer is the one to this very call. */
async function ask(server: string, flow: string, call: number, stream: boolean): Promise<string> {
  const response = await fetch(`${server}/${flow}${stream ? "?stream=true" : ""}`, {
    method: "POST",
    body: JSON.stringify({ data: { name: `call ${call}` } }),
  });
  const body = await response.text();
  const last = stream ? body.trim().split("\n\n").at(-1)!.slice("data: ".length) : body;
  return JSON.parse(last).result ?? `${response.status} ${body}`;
}

Deno.test("keys: two flows of one provider never mix in 10,000 calls, a rotation among them", async () => {
  const keys: Record<string, string[]> = { one: ["key-of-one"], two: ["key-of-two"] };
  await using model = keyedModel(keys);
  const flow = (name: string) => ({
    "config.json": {
      defaultModel: { provider: "googleai", model: "gemini-2.5-flash" },
      plugin: { type: "googleai", extraConfig: { baseURL: `${model.url}/${name}` } },
      credentialsDir: `/genkit/flows/${name}/credentials`,
    },
    [`prompts/${name}.prompt`]: `This is {{name}} of ${name}`,
    "credentials/GEMINI_API_KEY": keys[name]![0],
  });
  await using tree = await echoFlows({ one: flow("one"), two: flow("two") });
  await using server = await genkitd(
    ["runner", "--root", tree.root, "--host", "127.0.0.1", "--port", "0", "--metrics-port", "off"],
    { ready: /"ready".*"(http:\/\/[\w.:]+:\d+)"/ },
  );

  let next = 0;
  const wrong: string[] = [];
  const work = async (until: () => boolean) => {
    // Ends at the first fault, and where the new key is never used.
    while (!until() && wrong.length + model.refused.length === 0 && next < 3 * REQUESTS) {
      const call = next++;
      if (call === REQUESTS / 2) {
        keys.one!.push("next-key-of-one");
        await tree.write("flows/one/credentials/GEMINI_API_KEY", "next-key-of-one");
      }
      // By two bits of the number: each flow whole and streamed, in turn.
      const flow = FLOWS[call & 1]!;
      const said = await ask(server.url, flow, call, (call & 2) !== 0);
      if (said !== `${flow} heard This is call ${call} of ${flow}`) wrong.push(said);
    }
  };
  const run = (until: () => boolean) =>
    Promise.all(Array.from({ length: IN_FLIGHT }, () => work(until)));

  await run(() => next >= REQUESTS && model.seen.some(({ key }) => key === "next-key-of-one"));
  // Whatever began with the old key has ended, so it must not come again.
  keys.one!.shift();
  const end = next + 500;
  await run(() => next >= end);

  assert.deepEqual(model.refused, []);
  assert.deepEqual(wrong, []);
  const used = new Set(model.seen.map(({ flow, key }) => `${flow}: ${key}`));
  assert.deepEqual([...used].sort(), [
    "one: key-of-one",
    "one: next-key-of-one",
    "two: key-of-two",
  ]);
  assert.ok(model.seen.length >= REQUESTS);
  assert.doesNotMatch(server.output(), /key-of/);
});
