import assert from "assert";
import { type Flow, loadFlow } from "../../runner/sandbox/flow.ts";
import { StreamWindow } from "../../runner/sandbox/stream_window.ts";
import { messagesFormat } from "./anthropic_wire.ts";
import { flowDefinition, runningCall } from "./flow_definition.ts";
import { geminiBody } from "./gemini_wire.ts";
import { type ProviderRequest, providerServer } from "./provider_server.ts";
import { PROJECT, readStatement, serviceAccount, tokenAnswer, tokenOf } from "./vertex_wire.ts";

function load(url: string, options: {
  model?: string;
  region?: string;
  extraConfig?: Record<string, unknown>;
  credentials?: Record<string, string>;
  source?: string;
} = {}): Promise<Flow> {
  const { model = "gemini-2.5-flash", region, extraConfig, source = "Hi" } = options;
  const { credentials = { GOOGLE_APPLICATION_CREDENTIALS: serviceAccount("token") } } = options;
  const definition = flowDefinition({ main: source }, {
    config: {
      plugin: {
        type: "vertexai",
        ...region && { region },
        extraConfig: { baseURL: url, tokenURL: `${url}/token`, ...extraConfig },
      },
      defaultModel: { provider: "vertexai", model },
    },
  });
  return loadFlow({ definition, credentials });
}

const hello = () => Response.json(geminiBody([{ text: "Hello" }]));
const call = (flow: Flow, change = {}) =>
  flow.call("main", { input: {} }, { ...runningCall(), ...change });

async function requestOf(options: Parameters<typeof load>[1]): Promise<ProviderRequest> {
  await using server = await providerServer((request) => tokenAnswer(request) ?? hello());
  await call(await load(server.url, options));
  return server.requests.at(-1)!;
}

Deno.test("vertexai asks for the model in the project and location", async (t) => {
  const at = (location: string, project = PROJECT) =>
    `/v1beta1/projects/${project}/locations/${location}/publishers/google/models/` +
    "gemini-2.5-flash:generateContent";
  const cases: Record<string, [Parameters<typeof load>[1], path: string]> = {
    "the region": [{ region: "europe-west1" }, at("europe-west1")],
    "the location in extraConfig": [{ extraConfig: { location: "asia-east1" } }, at("asia-east1")],
    "global": [{ region: "global" }, at("global")],
    "all regions of the EU": [{ region: "eu" }, at("eu")],
    "none": [{}, at("us-central1")],
    "another project": [{ extraConfig: { projectId: "other" } }, at("us-central1", "other")],
    "version 1": [
      { extraConfig: { apiVersion: "v1" } },
      at("us-central1").replace("v1beta1", "v1"),
    ],
  };
  for (const [name, [options, path]] of Object.entries(cases)) {
    await t.step(name, async () => assert.equal((await requestOf(options)).path, path));
  }
});

Deno.test("vertexai exchanges a service account's statement for a token, once for many calls", async () => {
  await using server = await providerServer((request) => tokenAnswer(request) ?? hello());
  const flow = await load(server.url);
  await Promise.all(Array.from({ length: 8 }, () => call(flow)));
  await call(flow);
  const exchanges = server.requests.filter(({ path }) => path === "/token");
  assert.equal(exchanges.length, 1);
  const { grant_type, assertion } = exchanges[0]!.body;
  assert.equal(grant_type, "urn:ietf:params:oauth:grant-type:jwt-bearer");
  const { header, claims } = (await readStatement(assertion))!;
  assert.deepEqual(header, { alg: "RS256", typ: "JWT", kid: "key-1" });
  const { iat, exp, ...rest } = claims as { iat: number; exp: number };
  assert.deepEqual(rest, {
    iss: `token@${PROJECT}.iam.gserviceaccount.com`,
    scope: "https://www.googleapis.com/auth/cloud-platform",
    // Good for nothing but the server that it is sent to.
    aud: `${server.url}/token`,
  });
  assert.equal(exp - iat, 3600);
});

Deno.test("vertexai takes a person's key", async () => {
  await using server = await providerServer(({ path, body }) =>
    path === "/token"
      ? Response.json({ access_token: `of ${body.refresh_token}`, expires_in: 3599 })
      : hello()
  );
  const json = JSON.stringify({
    type: "authorized_user",
    client_id: "id",
    client_secret: "secret",
    refresh_token: "refresh",
    quota_project_id: "mine",
  });
  const flow = await load(server.url, { credentials: { GOOGLE_APPLICATION_CREDENTIALS: json } });
  await call(flow);
  const [exchange, request] = server.requests;
  assert.deepEqual(exchange!.body, {
    grant_type: "refresh_token",
    client_id: "id",
    client_secret: "secret",
    refresh_token: "refresh",
  });
  assert.equal(tokenOf(request!), "of refresh");
  assert.match(request!.path, /projects\/mine\//);
});

Deno.test("vertexai takes a token of the main process, and the key of express mode", async () => {
  const token = await requestOf({
    credentials: { GOOGLE_ACCESS_TOKEN: "given\n", GOOGLE_CLOUD_PROJECT: "pod" },
  });
  assert.equal(tokenOf(token), "given");
  assert.match(token.path, /projects\/pod\//);
  const express = await requestOf({
    credentials: { VERTEX_API_KEY: "AQ.key" },
    region: "us-east1",
  });
  assert.equal(express.headers.get("x-goog-api-key"), "AQ.key");
  assert.equal(express.headers.get("authorization"), null);
  assert.equal(
    express.path,
    "/v1beta1/publishers/google/models/gemini-2.5-flash:generateContent",
  );
});

Deno.test("vertexai tells why there is no token, without the key", async (t) => {
  const cases: Record<string, [answer: () => Response, expected: Record<string, unknown>]> = {
    "a key that was deleted": [
      () => Response.json({ error: "invalid_grant", error_description: "token@" }, { status: 400 }),
      {
        status: "UNAUTHENTICATED",
        message: 'The provider "vertexai" did not accept the flow\'s credentials: ' +
          "Google's token server answered 400, invalid_grant",
      },
    ],
    "an outage": [() => new Response("<html>", { status: 503 }), {
      status: "UNAVAILABLE",
      message: 'The provider "vertexai" is not available: Google\'s token server answered 503',
    }],
    "no token": [() => Response.json({}), { status: "UNAUTHENTICATED" }],
  };
  for (const [name, [answer, expected]] of Object.entries(cases)) {
    await t.step(name, async () => {
      let failing = true;
      await using server = await providerServer((request) =>
        request.path !== "/token" ? hello() : failing ? answer() : tokenAnswer(request)!
      );
      const flow = await load(server.url);
      await assert.rejects(call(flow), expected);
      failing = false;
      assert.equal((await call(flow)).text, "Hello", "the next call tries again");
    });
  }
});

Deno.test("vertexai's prompt authors cannot choose the key, the location or the host", async () => {
  const source =
    "---\nconfig:\n  location: asia-east1\n  apiKey: other\n  baseUrl: http://h\n---\nHi";
  const { path, headers, body } = await requestOf({ source });
  assert.match(path, /us-central1/);
  assert.equal(headers.get("x-goog-api-key"), null);
  assert.deepEqual(body.generationConfig, {});
});

Deno.test("Claude on Vertex AI has the model in its address and the version in its body", async () => {
  await using server = await providerServer((request) =>
    tokenAnswer(request) ??
      messagesFormat.answer(request, { texts: ["Hel", "lo"] })
  );
  const model = "claude-sonnet-4-5@20250929";
  const flow = await load(server.url, { model, region: "us-east5" });
  assert.equal((await call(flow)).text, "Hello");
  const window = new StreamWindow(() => {});
  assert.equal((await call(flow, { window })).text, "Hello");
  const [, whole, streamed] = server.requests;
  const path = `/v1/projects/${PROJECT}/locations/us-east5/publishers/anthropic/models/` +
    "claude-sonnet-4-5%4020250929";
  assert.equal(whole!.path, `${path}:rawPredict`);
  assert.equal(streamed!.path, `${path}:streamRawPredict`);
  assert.equal(tokenOf(whole!), "token");
  const { messages: _, ...rest } = whole!.body;
  assert.deepEqual(rest, { anthropic_version: "vertex-2023-10-16", max_tokens: 4096 });
});

Deno.test("vertexai's flow without usable credentials is refused when it is loaded", async (t) => {
  const cases: Record<string, [credentials: Record<string, string>, message: RegExp]> = {
    "none": [{}, /needs the credential GOOGLE_APPLICATION_CREDENTIALS, VERTEX_API_KEY or/],
    "a path": [
      { GOOGLE_APPLICATION_CREDENTIALS: "/secret/key.json" },
      /GOOGLE_APPLICATION_CREDENTIALS: it is no JSON, should be the JSON of a service account/,
    ],
    "another type": [
      { GOOGLE_APPLICATION_CREDENTIALS: '{"type":"external_account"}' },
      /its type is "external_account", should be "service_account" or "authorized_user"/,
    ],
    "half a key": [
      { GOOGLE_APPLICATION_CREDENTIALS: serviceAccount("a", { private_key: undefined }) },
      /it has no "private_key"/,
    ],
    "no project": [
      { GOOGLE_APPLICATION_CREDENTIALS: serviceAccount("a", { project_id: undefined }) },
      /needs a project: set extraConfig\.projectId/,
    ],
  };
  for (const [name, [credentials, message]] of Object.entries(cases)) {
    await t.step(name, async () => {
      await assert.rejects(load("http://127.0.0.1:1", { credentials }), (error: Error) => {
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /secret|PRIVATE/);
        return true;
      });
    });
  }
});

Deno.test("a private key that is none is told at the first call", async () => {
  await using server = await providerServer(hello);
  const flow = await load(server.url, {
    credentials: {
      GOOGLE_APPLICATION_CREDENTIALS: serviceAccount("a", { private_key: "secret" }),
    },
  });
  await assert.rejects(call(flow), {
    status: "UNAUTHENTICATED",
    message: /credentials: its private key cannot be used$/,
  });
});
