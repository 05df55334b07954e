import assert from "assert";
import { CorsPolicy } from "../../../../runner/guard/cors_policy.ts";

const ORIGIN = "access-control-allow-origin";
const some = new CorsPolicy({ origins: ["https://app.example.com", "HTTP://Local:80"] }, "X-Key");

const table: [origin: string | null, allowed: string | undefined][] = [
  ["https://app.example.com", "https://app.example.com"],
  ["http://local", "http://local"],
  ["https://app.example.com:8443", undefined],
  ["http://app.example.com", undefined],
  ["https://app.example.com.evil.example", undefined],
  ["https://sub.app.example.com", undefined],
  ["https://APP.example.com", undefined],
  ["null", undefined],
  ["*", undefined],
  ["", undefined],
  [null, undefined],
];

for (const [origin, allowed] of table) {
  Deno.test(`CorsPolicy: ${origin} is ${allowed ? "allowed" : "not allowed"}`, () => {
    const headers = some.headers(origin);
    assert.equal(headers[ORIGIN], allowed);
    assert.equal(headers["vary"], "origin", "caches are told, whoever asks");
    assert.equal("access-control-expose-headers" in headers, allowed !== undefined);
    const preflight = origin === null ? {} : some.preflight(origin);
    assert.equal(preflight["access-control-allow-methods"], allowed && "POST");
  });
}

Deno.test("CorsPolicy: a preflight tells the headers of a call, the flow's own among them", () => {
  const headers = some.preflight("https://app.example.com");
  assert.equal(headers[ORIGIN], "https://app.example.com");
  const allowed = headers["access-control-allow-headers"]!.split(", ");
  for (const name of ["authorization", "content-type", "x-genkit-protocol", "x-key"]) {
    assert.ok(allowed.includes(name), name);
  }
  assert.equal(headers["access-control-max-age"], "600");
});

Deno.test("CorsPolicy: how long a preflight holds can be set, 0 too", () => {
  const policy = new CorsPolicy({ origins: ["*"], maxAgeSeconds: 0 });
  assert.equal(policy.preflight("https://x")["access-control-max-age"], "0");
});

Deno.test("CorsPolicy: `*` is any website, and says so", () => {
  const any = new CorsPolicy({ origins: ["*", "https://app.example.com"] });
  for (const origin of ["https://app.example.com", "https://x", null]) {
    assert.equal(any.headers(origin)[ORIGIN], "*");
  }
});

Deno.test("CorsPolicy: cookies are never allowed", () => {
  for (const origins of [["*"], ["https://x"]]) {
    const headers = new CorsPolicy({ origins }).preflight("https://x");
    assert.ok(!("access-control-allow-credentials" in headers));
  }
});
