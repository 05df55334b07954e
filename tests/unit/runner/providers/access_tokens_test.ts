import assert from "assert";
import { accessTokens } from "../../../../runner/providers/vertexai/access_tokens.ts";

const key = {
  type: "authorized_user",
  clientId: "id",
  clientSecret: "secret",
  refreshToken: "refresh",
  projectId: undefined,
} as const;

/** Tokens of an hour, numbered, from a server whose answers are waited for. */
function tokens() {
  let now = 0;
  let asked = 0;
  const give = accessTokens({
    key,
    tokenUrl: "https://tokens.example/",
    now: () => now,
    fetch: () =>
      Promise.resolve(Response.json({ access_token: `token ${++asked}`, expires_in: 3600 })),
  });
  return { give, later: (minutes: number) => now += minutes * 60_000, asked: () => asked };
}

Deno.test("accessTokens: a token serves until five minutes before its end", async () => {
  const { give, later } = tokens();
  assert.equal(await give(), "token 1");
  later(54);
  assert.equal(await give(), "token 1");
  later(1);
  assert.equal(await give(), "token 2");
});

Deno.test("accessTokens: who asks at the same time waits for the same exchange", async () => {
  const { give, asked } = tokens();
  assert.deepEqual(await Promise.all([give(), give(), give()]), ["token 1", "token 1", "token 1"]);
  assert.equal(asked(), 1);
});

Deno.test("accessTokens: a server that does not answer is given up, and asked again", async () => {
  let asked = 0;
  const give = accessTokens({
    key,
    tokenUrl: "https://tokens.example/",
    now: () => 0,
    timeout: 1,
    fetch: (_, init) => {
      if (++asked > 1) return Promise.resolve(Response.json({ access_token: "t", expires_in: 9 }));
      return new Promise((_, reject) => {
        const signal = init?.signal;
        signal?.addEventListener("abort", () => reject(signal.reason));
      });
    },
  });
  await assert.rejects(give(), { status: "UNAVAILABLE" });
  assert.equal(await give(), "t");
});
