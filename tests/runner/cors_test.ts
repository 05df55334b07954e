import assert from "assert";
import { echoFlow, fakeFlow } from "./fake_flow.ts";
import { API_KEYS, guardedServer, KEYS } from "./guarded_server.ts";

const SITE = "https://app.example.com";
const ALLOWED = "access-control-allow-origin";
const cors = { origins: [SITE], maxAgeSeconds: 60 };
const broken = fakeFlow(() => {
  throw new Error("broken");
});

function server() {
  return guardedServer({
    web: { handle: echoFlow, auth: API_KEYS, cors, limits: { requestsPerSecond: 1, burst: 1 } },
    broken: { handle: broken, cors },
    any: { handle: echoFlow, cors: { origins: ["*"] } },
    plain: { handle: echoFlow },
  });
}

/** Asks as a browser asks before a script's call. */
function preflight(url: string, origin: string) {
  return fetch(url, {
    method: "OPTIONS",
    headers: {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": "content-type,x-api-key",
    },
  });
}

function post(url: string, origin: string, headers: Record<string, string> = {}) {
  return fetch(url, { method: "POST", body: "{}", headers: { origin, ...headers } });
}

Deno.test("CORS: a preflight needs no key, and tells what a website may send", async () => {
  await using flows = await server();
  const response = await preflight(`${flows.url}/web`, SITE);
  assert.deepEqual([response.status, await response.text()], [204, ""]);
  const { headers } = response;
  assert.equal(headers.get(ALLOWED), SITE);
  assert.equal(headers.get("access-control-allow-methods"), "POST");
  assert.match(headers.get("access-control-allow-headers")!, /\bx-api-key\b/);
  assert.equal(headers.get("access-control-max-age"), "60");
  assert.equal(headers.get("vary"), "origin");
});

Deno.test("CORS: answers say who may read them, errors and streams too", async () => {
  await using flows = await server();
  const key = { "x-api-key": KEYS.ann };
  const answers: [status: number, Response][] = [
    [401, await post(`${flows.url}/web`, SITE)],
    [200, await post(`${flows.url}/web`, SITE, key)],
    [429, await post(`${flows.url}/web`, SITE, key)],
    [500, await post(`${flows.url}/broken`, SITE)],
    [200, await post(`${flows.url}/broken?stream=true`, SITE)],
    [405, await fetch(`${flows.url}/web`, { method: "PUT", headers: { origin: SITE } })],
  ];
  for (const [status, response] of answers) {
    assert.equal(response.status, status);
    assert.equal(response.headers.get(ALLOWED), SITE);
    assert.match(response.headers.get("access-control-expose-headers")!, /x-request-id/);
    assert.equal(response.headers.get("access-control-allow-credentials"), null);
    await response.body?.cancel();
  }
});

Deno.test("CORS: another website is told nothing, and caches that it differs", async () => {
  await using flows = await server();
  const evil = "https://evil.example";
  for (
    const response of [
      await preflight(`${flows.url}/web`, evil),
      await post(`${flows.url}/web`, evil),
    ]
  ) {
    assert.equal(response.headers.get(ALLOWED), null);
    assert.equal(response.headers.get("vary"), "origin");
    await response.body?.cancel();
  }
});

Deno.test("CORS: `*` is any website", async () => {
  await using flows = await server();
  for (
    const response of [
      await preflight(`${flows.url}/any`, SITE),
      await post(`${flows.url}/any`, SITE),
    ]
  ) {
    assert.equal(response.headers.get(ALLOWED), "*");
    await response.body?.cancel();
  }
});

Deno.test("CORS: off unless set, also where another flow of the server has it", async () => {
  await using flows = await server();
  const asked = await preflight(`${flows.url}/plain`, SITE);
  assert.deepEqual([asked.status, asked.headers.get("allow")], [405, "POST"]);
  const answered = await post(`${flows.url}/plain`, SITE);
  assert.equal(answered.status, 403);
  for (const { headers } of [asked, answered]) {
    assert.deepEqual([...headers.keys()].filter((name) => /access-control|vary/.test(name)), []);
  }
  await asked.body?.cancel();
  await answered.body?.cancel();
});

Deno.test("CORS: OPTIONS that no browser asks is another method", async () => {
  await using flows = await server();
  const requests: Record<string, string>[] = [
    {},
    { origin: SITE },
    { "access-control-request-method": "POST" },
  ];
  for (const headers of requests) {
    const response = await fetch(`${flows.url}/web`, { method: "OPTIONS", headers });
    assert.equal(response.status, 405);
    await response.body?.cancel();
  }
});

Deno.test("CORS: a flow without auth does not run for another website, nor does its answer differ", async () => {
  let ran = 0;
  const counting = fakeFlow(() => {
    ran++;
    return Promise.resolve({ text: "done" });
  });
  await using flows = await guardedServer({
    open: { handle: counting, cors },
    closed: { handle: counting, auth: API_KEYS },
  });
  const evil = "https://evil.example";
  for (const headers of [{}, { "content-type": "text/plain" }, { accept: "text/event-stream" }]) {
    const response = await post(`${flows.url}/open`, evil, headers as Record<string, string>);
    assert.equal(response.status, 403);
    assert.match(
      await response.text(),
      /"PERMISSION_DENIED".*https:\/\/evil\.example.*cors\.origins/,
    );
  }
  assert.equal(ran, 0);
  for (const origin of [SITE, flows.url]) {
    const response = await post(`${flows.url}/open`, origin);
    assert.equal(response.status, 200, origin);
    await response.body?.cancel();
  }
  const withKey = await post(`${flows.url}/closed`, evil, { "x-api-key": KEYS.ann });
  assert.equal(withKey.status, 200, "who has the key may call from anywhere");
  await withKey.body?.cancel();
  assert.equal(ran, 3);
});
