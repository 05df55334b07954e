import assert from "assert";
import { FlowError } from "../../../../shared/flow_error.ts";
import { type TokenRules, tokenVerifier } from "../../../../runner/guard/verify_token.ts";
import { ManualClock } from "../../manual_clock.ts";
import { AUDIENCE, issuerKey, type TokenIssuer, tokenIssuer } from "./token_issuer.ts";

/** A verifier of an issuer's tokens, on a clock that stands still. */
function verifier(issuer: TokenIssuer, change: Partial<TokenRules> = {}) {
  const clock = new ManualClock();
  const failures: string[] = [];
  let failed = Promise.withResolvers<void>();
  const rules = { issuer: issuer.url, audiences: [AUDIENCE], ...change };
  const verify = tokenVerifier(rules, {
    fetch,
    clock,
    onFailure(reason) {
      failures.push(reason);
      failed.resolve();
      failed = Promise.withResolvers();
    },
  });
  const status = async (token: string) => {
    try {
      await verify(token);
      return 200;
    } catch (error) {
      assert.ok(error instanceof FlowError);
      if (error.http === 503) {
        assert.equal(error.message, "the issuer of tokens cannot be asked for its keys");
        assert.equal(error.retryAfter, 5);
      }
      return error.http;
    }
  };
  return { clock, failures, status, nextFailure: () => failed.promise };
}

const MINUTE = 60_000;
const down = () => new Response("down", { status: 500 });

Deno.test("issuer: its OpenID configuration tells where the keys are; both are asked once", async () => {
  await using issuer = await tokenIssuer();
  const { status } = verifier(issuer);
  const token = await issuer.token();
  assert.deepEqual(await Promise.all([status(token), status(token), status(token)]), [
    200,
    200,
    200,
  ]);
  assert.equal(await status(token), 200);
  assert.deepEqual(issuer.asked, ["/.well-known/openid-configuration", "/keys"]);
});

Deno.test("issuer: with a jwksUri only the keys are asked for", async () => {
  await using issuer = await tokenIssuer();
  const { status } = verifier(issuer, { jwksUri: issuer.jwksUri });
  assert.equal(await status(await issuer.token()), 200);
  assert.deepEqual(issuer.asked, ["/keys"]);
});

Deno.test("issuer: nothing is asked of it before there is a token that it could have signed", async () => {
  await using issuer = await tokenIssuer();
  const { status } = verifier(issuer);
  for (const token of ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30."]) {
    assert.equal(await status(token), 401);
  }
  assert.deepEqual(issuer.asked, []);
});

Deno.test("issuer: a new key counts with its first token, the next one after 30 s", async () => {
  await using issuer = await tokenIssuer();
  const { status, clock } = verifier(issuer, { jwksUri: issuer.jwksUri });
  assert.equal(await status(await issuer.token()), 200);
  issuer.keys = [await issuerKey("second", "RS256"), ...issuer.keys];
  assert.equal(
    await status(await issuer.token()),
    200,
    "although the keys have just been asked for",
  );
  issuer.keys = [await issuerKey("third", "RS256"), ...issuer.keys];
  clock.advance(29_999);
  assert.equal(await status(await issuer.token()), 401);
  clock.advance(1);
  assert.equal(await status(await issuer.token()), 200);
  assert.equal(issuer.asked.length, 3);
});

Deno.test("issuer: keys that a token has just had fetched are not fetched again for it", async () => {
  await using issuer = await tokenIssuer();
  const { status } = verifier(issuer, { jwksUri: issuer.jwksUri });
  const key = await issuerKey("forged", "ES256");
  assert.equal(await status(await issuer.token({}, { key, kid: "forged" })), 401);
  assert.equal(issuer.asked.length, 1);
});

Deno.test("issuer: a key that it takes back is good for ten minutes and one call more", async () => {
  await using issuer = await tokenIssuer();
  const { status, clock } = verifier(issuer, { jwksUri: issuer.jwksUri });
  const old = await issuer.token();
  assert.equal(await status(old), 200);
  issuer.keys = [await issuerKey("second", "ES256")];
  clock.advance(10 * MINUTE - 1);
  assert.equal(await status(old), 200);
  assert.equal(issuer.asked.length, 1);
  clock.advance(1);
  const fresh = await issuer.token();
  assert.equal(await status(old), 200, "this one has the keys fetched, and does not wait for them");
  assert.equal(await status(fresh), 200, "this one waits for them");
  assert.equal(await status(old), 401);
  assert.equal(issuer.asked.length, 3, "which asks once more, as it is not known any more");
});

Deno.test("issuer: thousands of bad tokens with keys that are not known do not flood it", async () => {
  await using issuer = await tokenIssuer();
  const { status, clock } = verifier(issuer, { jwksUri: issuer.jwksUri });
  const key = await issuerKey("forged", "ES256");
  const bad = await Promise.all(
    Array.from({ length: 20 }, (_, index) => issuer.token({}, { key, kid: `forged ${index}` })),
  );
  for (let second = 0; second < 60; second++) {
    for (let round = 0; round < 4; round++) {
      const answers = new Set(await Promise.all(bad.map(status)));
      assert.deepEqual(answers, new Set([401]));
    }
    clock.advance(1000);
  }
  assert.ok(issuer.asked.length <= 3, `${issuer.asked.length}`);
  assert.equal(await status(await issuer.token()), 200, "good tokens are not hindered");
});

Deno.test("issuer: while it is down it is 503, asked every 5 s at most, and well again after", async () => {
  await using issuer = await tokenIssuer();
  const { status, clock, failures } = verifier(issuer);
  const token = await issuer.token();
  issuer.answer = down;
  for (let call = 0; call < 100; call++) assert.equal(await status(token), 503);
  assert.equal(issuer.asked.length, 1);
  assert.match(failures.join(), /openid-configuration" answered 500, it should be 200/);
  issuer.answer = undefined;
  clock.advance(4_999);
  assert.equal(await status(token), 503);
  clock.advance(1);
  assert.equal(await status(token), 200);
  assert.equal(failures.length, 1);
});

Deno.test("issuer: keys that are known are good for an hour while it is down", async () => {
  await using issuer = await tokenIssuer();
  const { status, clock, nextFailure } = verifier(issuer, { jwksUri: issuer.jwksUri });
  const token = await issuer.token({ exp: 4e9 });
  assert.equal(await status(token), 200);
  issuer.answer = down;
  for (let minute = 1; minute < 60; minute++) {
    clock.advance(MINUTE);
    const failed = nextFailure();
    assert.equal(await status(token), 200);
    // Nobody waits for the question that this call has asked, but the clock must not overtake it.
    if (minute >= 10) await failed;
  }
  assert.equal(issuer.asked.length, 51, "it is asked again meanwhile");
  clock.advance(MINUTE);
  assert.equal(await status(token), 503);
  issuer.answer = undefined;
  clock.advance(5_000);
  assert.equal(await status(token), 200);
});

Deno.test("issuer: one that does not answer is given up after 5 s", async () => {
  await using issuer = await tokenIssuer();
  const { status, clock, failures } = verifier(issuer);
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<Response>();
  issuer.answer = () => {
    asked.resolve();
    return answer.promise;
  };
  const waiting = status(await issuer.token());
  await asked.promise;
  clock.advance(5_000);
  assert.equal(await waiting, 503);
  assert.deepEqual(failures, ["there was no answer within 5000 ms"]);
  answer.resolve(down());
});

const wrong: [title: string, (issuer: TokenIssuer) => Response, reason: RegExp][] = [
  ["a redirect", ({ url }) => Response.redirect(`${url}/elsewhere`), /answered 302/],
  ["no JSON", () => new Response("<html>"), /answered what is not JSON/],
  ["nothing", () => new Response(""), /answered what is not JSON/],
  ["null", () => Response.json(null), /should have the issuer/],
  ["another issuer", ({ jwksUri }) => Response.json({ issuer: "x", jwks_uri: jwksUri }), /issuer/],
  ["no place", ({ url }) => Response.json({ issuer: url }), /jwks_uri/],
  ["a file", ({ url }) => Response.json({ issuer: url, jwks_uri: "file:///k" }), /jwks_uri/],
  ["too much", () => new Response("[" + " ".repeat(1 << 20) + "]"), /longer than 1048576 bytes/],
];

for (const [title, answer, reason] of wrong) {
  Deno.test(`issuer: an OpenID configuration that is ${title} is 503`, async () => {
    await using issuer = await tokenIssuer();
    const { status, failures } = verifier(issuer);
    issuer.answer = () => answer(issuer);
    assert.equal(await status(await issuer.token()), 503);
    assert.match(failures.join(), reason);
    assert.deepEqual(issuer.asked, ["/.well-known/openid-configuration"]);
  });
}

for (const keys of [{}, { keys: 1 }, [], null, { keys: ["x"] }]) {
  Deno.test(`issuer: ${JSON.stringify(keys)} in place of its keys is 503`, async () => {
    await using issuer = await tokenIssuer();
    const { status } = verifier(issuer, { jwksUri: issuer.jwksUri });
    issuer.answer = () => Response.json(keys);
    assert.equal(await status(await issuer.token()), 503);
  });
}

Deno.test("issuer: a token that names no key is tried with each of its algorithm", async () => {
  await using issuer = await tokenIssuer();
  const [a, b] = [await issuerKey("a", "ES256"), await issuerKey("b", "ES256")];
  issuer.keys = [a, b, await issuerKey("c", "RS256")];
  const { status } = verifier(issuer);
  const unnamed = { kid: undefined };
  for (const key of [a, b]) {
    assert.equal(await status(await issuer.token({}, { key: { ...key, ...unnamed } })), 200);
    const expired = await issuer.token({ exp: 1 }, { key: { ...key, ...unnamed } });
    assert.equal(await status(expired), 401);
  }
  const foreign = await issuerKey(undefined, "ES256");
  assert.equal(await status(await issuer.token({}, { key: foreign })), 401);
});

Deno.test("issuer: keys that are known go on when one of them is broken", async () => {
  await using issuer = await tokenIssuer();
  const [first] = issuer.keys;
  const broken = {
    ...first!,
    kid: "broken",
    publicJwk: { kty: "EC", kid: "broken", alg: "ES256" },
  };
  issuer.keys.push(broken);
  const { status } = verifier(issuer);
  assert.equal(await status(await issuer.token()), 200);
  assert.equal(await status(await issuer.token({}, { key: broken })), 401);
});
