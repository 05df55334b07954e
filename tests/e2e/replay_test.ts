import assert from "assert";
import {
  type GeminiAnswer,
  type GeminiRequest,
  geminiServer,
  KEY,
} from "../runner/gemini_server.ts";
import { genkitd } from "./genkitd.ts";
import { replaceFile } from "./replace_file.ts";

const TOKEN = "a-token-of-the-tool-5512";
const CALLER = "key-of-the-caller-9f31";

/** Objects: `chat` calls a tool and another flow and answers in text, `facts` in JSON. */
function objects(url: string, { greeting = "Greet {{name}}", credentials = true } = {}): string {
  const secrets = `apiVersion: v1
kind: Secret
metadata: { name: keys }
stringData: { GEMINI_API_KEY: "${KEY}" }
---
apiVersion: v1
kind: Secret
metadata: { name: look-headers }
stringData: { authorization: "Bearer ${TOKEN}", x-goog-api-key: "${KEY}" }
---
`;
  return `${credentials ? secrets : ""}apiVersion: v1
kind: Secret
metadata: { name: callers }
stringData: { ann: "${CALLER}" }
---
apiVersion: genkit.dev/v1alpha1
kind: PluginConfig
metadata: { name: google }
spec:
  type: googleai
  credentialsRef: { name: keys }
  extraConfig: { baseURL: "${url}" }
---
apiVersion: genkit.dev/v1alpha1
kind: Tool
metadata: { name: look }
spec:
  definition:
    name: look
    description: Looks
    inputSchema: { type: object, properties: { at: { type: string } } }
  implementation:
    http: { url: "${url}/look", method: POST, headersSecretRef: { name: look-headers } }
---
apiVersion: genkit.dev/v1alpha1
kind: Tool
metadata: { name: ask }
spec:
  definition: { name: ask, description: Asks }
  implementation: { flowRef: { name: facts } }
---
${
    flow(
      "chat",
      greeting,
      "tools: [{ name: look }, { name: ask }]\n  auth: { apiKeys: { secretRef: { name: callers } } }",
    )
  }
---
${flow("facts", "Facts of {{name}}", "", "output: { schema: { sky: string, sure?: boolean } }")}
`;
}

function flow(name: string, template: string, spec = "", frontmatter = "") {
  return `apiVersion: genkit.dev/v1alpha1
kind: Flow
metadata: { name: ${name} }
spec:
  image: example.com/runner
  modelSpec: { provider: googleai, model: gemini-2.0-flash, pluginConfigRef: { name: google } }
  ${spec}
  prompts:
    - prompt:
        name: ${name}
        content: |
          ---
          config: { temperature: 0.5 }
          ${frontmatter}
          ---
          ${template}`;
}

/** Answers as a model would: a tool, then a flow, and then text, each time another one. */
function model() {
  let said = 0;
  return ({ path, body }: GeminiRequest): GeminiAnswer => {
    // The tool's server says back what it was sent, as a careless one does.
    if (path === "/look") return Response.json({ sky: "blue", sent: `${TOKEN} and ${KEY}` });
    if (body.generationConfig?.responseMimeType === "application/json") {
      return [{ text: '{"sky":"blue"}' }];
    }
    const turns = body.contents.length;
    if (turns === 1) return [{ functionCall: { name: "look", args: { at: "noon" } } }];
    if (turns === 3) return [{ functionCall: { name: "ask", args: { name: "sky" } } }];
    return [{ text: `It is ` }, { text: `blue 🦊 ${++said}` }];
  };
}

async function ask(url: string, flow: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${url}/${flow}`, {
    method: "POST",
    body: '{"name":"Ann"}',
    headers: { "x-api-key": CALLER, ...headers },
  });
  return `${response.status} ${await response.text()}`;
}

const stream = { accept: "text/event-stream" };

/** Everything that an application asks, in its order. */
async function suite(url: string): Promise<string[]> {
  return [
    await ask(url, "chat", stream),
    await ask(url, "chat"),
    await ask(url, "facts"),
    await ask(url, "facts", stream),
    await ask(url, "chat", { "x-api-key": "another" }).then((text) => text.slice(0, 3)),
  ];
}

Deno.test("serve --record, then --replay without network or keys", async (t) => {
  const folder = await Deno.makeTempDir({ prefix: "genkitd-replay-" });
  const [flows, file] = [`${folder}/flows.yaml`, `${folder}/answers.jsonl`];
  const serve = (...flags: string[]) =>
    genkitd(["serve", flows, "--port", "0", "--no-watch", ...flags], {
      env: { GEMINI_API_KEY: "", GOOGLE_API_KEY: "" },
    });
  const gemini = await geminiServer(model());
  let answers: string[] = [];
  let recorded = "";
  try {
    await Deno.writeTextFile(flows, objects(gemini.url));
    await t.step("what was answered is recorded, in lines that a person can read", async () => {
      await using server = await serve("--record", file);
      await server.saw(/Recording in .*answers\.jsonl/);
      answers = await suite(server.url);
      assert.match(answers[0]!, /^200 data: .*"It is ".*"blue .* 1".*"result":/s);
      assert.match(answers[1]!, /^200 It is blue 🦊 2$/);
      assert.match(answers[2]!, /^200 {"sky":"blue"}$/);
      assert.equal(answers[4], "401");
      recorded = await Deno.readTextFile(file);
      const [header, ...lines] = recorded.trimEnd().split("\n").map((line) => JSON.parse(line));
      assert.deepEqual(header, { format: "genkitd-recording", version: 1 });
      assert.deepEqual(
        lines.map(({ flow, asked }) => `${flow} ${asked.tool ?? asked.request.messages.length}`),
        ["chat 1", "chat look", "chat 3", "facts 1", "chat 5", "chat 5", "facts 1"],
      );
    });

    await t.step(
      "no key, token or header is in the recording, nor what was said back of them",
      () => {
        for (const secret of [KEY, TOKEN, CALLER, "Bearer", "x-goog-api-key"]) {
          assert.equal(recorded.includes(secret), false, secret);
        }
        assert.match(recorded, /"sent":"\*\*\* and \*\*\*"/);
      },
    );

    await t.step("recording again changes nothing, and asks nobody", async () => {
      const before = gemini.requests.length;
      await using server = await serve("--record", file);
      assert.deepEqual(await suite(server.url), answers);
      assert.equal(gemini.requests.length, before);
      assert.equal(await Deno.readTextFile(file), recorded);
    });

    await gemini[Symbol.asyncDispose]();
    await t.step("the replay gives the same bytes, without the server and its keys", async () => {
      await Deno.writeTextFile(flows, objects(gemini.url, { credentials: false }));
      await using server = await serve("--replay", file);
      await server.saw(/Replaying .*answers\.jsonl: no key, no network/);
      assert.deepEqual(await suite(server.url), answers);
      assert.equal(await ask(server.url, "chat"), answers[1]);
      assert.equal(await Deno.readTextFile(file), recorded);
    });

    await t.step(
      "a changed prompt is an error that says what differs, also after a reload",
      async () => {
        await using server = await genkitd(["serve", flows, "--port", "0", "--replay", file]);
        assert.match(await ask(server.url, "chat"), /^200 /);
        const reloaded = server.says(/Reloaded: changed chat\n/);
        const greeting = "Greet {{name}} with a secret-word";
        await replaceFile(flows, objects(gemini.url, { greeting, credentials: false }));
        await reloaded;
        const [status, text] = (await ask(server.url, "chat")).split(/ (.*)/s);
        assert.equal(status, "424");
        const { error } = JSON.parse(text!);
        assert.equal(error.status, "FAILED_PRECONDITION");
        assert.equal(
          error.message,
          'Flow "chat": what it asks the model "googleai/gemini-2.0-flash" is not in the recording: ' +
            "the nearest one differs in message 1 (user); genkitd serve --record adds it",
        );
        assert.match(await ask(server.url, "chat", stream), /^200 data: {"error":.*FAILED_PREC/);
        assert.match(await ask(server.url, "facts"), /^200 /);
        assert.equal(server.output().includes("secret-word"), false);
      },
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
