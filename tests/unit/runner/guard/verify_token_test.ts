import assert from "assert";
import { Buffer } from "node:buffer";
import { createHmac } from "node:crypto";
import { type CryptoKey, exportSPKI, importJWK, type JWTPayload } from "jose";
import { FlowError } from "../../../../shared/flow_error.ts";
import { type TokenRules, tokenVerifier } from "../../../../runner/guard/verify_token.ts";
import { ManualClock } from "../../manual_clock.ts";
import { AUDIENCE, issuerKey, type TokenIssuer, tokenIssuer } from "./token_issuer.ts";

function verifier(issuer: TokenIssuer, change: Partial<TokenRules> = {}) {
  const rules = { issuer: issuer.url, audiences: [AUDIENCE], ...change };
  return tokenVerifier(rules, { fetch, clock: new ManualClock(), onFailure: () => {} });
}

/** How a verifier refuses a token; the words must hold nothing of it. */
async function refusal(verified: Promise<unknown>, token: string): Promise<string> {
  try {
    await verified;
  } catch (error) {
    assert.ok(error instanceof FlowError);
    for (const part of token.split(".")) {
      assert.ok(part.length < 8 || !error.message.includes(part));
    }
    return `${error.http} ${error.message}`;
  }
  return "verified";
}

for (const alg of ["RS256", "PS384", "ES256", "ES512", "EdDSA"]) {
  Deno.test(`tokens signed with ${alg} are verified, and their claims given`, async () => {
    await using issuer = await tokenIssuer(alg);
    const claims = await verifier(issuer)(await issuer.token({ team: "blue" }));
    const { iss, sub, aud, team } = claims;
    assert.deepEqual([iss, sub, aud, team], [issuer.url, "ann", AUDIENCE, "blue"]);
  });
}

const soon = () => Math.floor(Date.now() / 1000);

const refused: [title: string, change: () => JWTPayload, message: string][] = [
  ["another issuer's", () => ({ iss: "https://evil.example" }), 'claim "iss" is not as'],
  ["one without an issuer", () => ({ iss: undefined }), 'claim "iss" is not as'],
  ["one for another audience", () => ({ aud: "other" }), 'claim "aud" is not as'],
  ["one for several others", () => ({ aud: ["x", "y"] }), 'claim "aud" is not as'],
  ["one without an audience", () => ({ aud: undefined }), 'claim "aud" is not as'],
  ["one that has expired", () => ({ exp: soon() - 60 }), "the token has expired"],
  ["one without an end", () => ({ exp: undefined }), 'claim "exp" is not as'],
  ["one whose end is no number", () => ({ exp: "soon" as never }), 'claim "exp" is not as'],
  ["one that is not valid yet", () => ({ nbf: soon() + 60 }), 'claim "nbf" is not as'],
];

for (const [title, change, message] of refused) {
  Deno.test(`a token is refused: ${title}`, async () => {
    await using issuer = await tokenIssuer();
    const token = await issuer.token(change());
    const said = await refusal(verifier(issuer)(token), token);
    assert.ok(said.startsWith("401 ") && said.includes(message), said);
  });
}

Deno.test("clocks may differ by 30 seconds", async () => {
  await using issuer = await tokenIssuer();
  const verify = verifier(issuer);
  // Far enough from 30 that a busy machine does not matter.
  await verify(await issuer.token({ exp: soon() - 5 }));
  await verify(await issuer.token({ nbf: soon() + 25 }));
});

Deno.test("a token may be for several audiences, and a flow may take several", async () => {
  await using issuer = await tokenIssuer();
  const verify = verifier(issuer, { audiences: ["a", AUDIENCE] });
  for (const aud of ["a", AUDIENCE, ["z", "a"]]) await verify(await issuer.token({ aud }));
});

const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

Deno.test("a token that is not signed, or not by a key of the issuer, is refused", async () => {
  await using issuer = await tokenIssuer("RS256");
  const verify = verifier(issuer);
  const good = await issuer.token();
  const [header, payload, signature] = good.split(".") as [string, string, string];
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString());
  const key = await importJWK(issuer.keys[0]!.publicJwk) as CryptoKey;
  const publicText = [
    await exportSPKI(key),
    JSON.stringify(issuer.keys[0]!.publicJwk),
    Buffer.from(issuer.keys[0]!.publicJwk.n!, "base64url"),
  ];
  const hmac = { alg: "HS256", kid: "first" };
  const bad: [title: string, token: string][] = [
    ["alg none", `${base64({ alg: "none" })}.${payload}.`],
    ["alg None", `${base64({ alg: "None", kid: "first" })}.${payload}.${signature}`],
    ["no alg", `${base64({ kid: "first" })}.${payload}.${signature}`],
    ["no signature", `${header}.${payload}.`],
    ["other claims", `${header}.${base64({ ...claims, sub: "root" })}.${signature}`],
    [
      "another key of the same name",
      await issuer.token({}, { key: await issuerKey("first", "RS256") }),
    ],
    ["another algorithm", await issuer.token({}, { key: await issuerKey("first", "ES256") })],
    ["its own key within", `${base64({ alg: "RS256", jwk: {} })}.${payload}.${signature}`],
    [
      "a critical extension",
      `${base64({ alg: "RS256", crit: ["x"], x: 1 })}.${payload}.${signature}`,
    ],
    ["an encrypted one", `${header}.${payload}.${signature}.${payload}.${signature}`],
    ["no JSON", `${header}.bm8.${signature}`],
    ...["", ".", "..", "a.b.c", "…", "x".repeat(10_000)].map((
      text,
    ): [string, string] => ["", text]),
    ...publicText.map((secret): [string, string] => {
      const signed = `${base64(hmac)}.${payload}`;
      const mac = createHmac("sha256", secret).update(signed).digest("base64url");
      return ["HS256 with the public key as the secret", `${signed}.${mac}`];
    }),
  ];
  for (const [title, token] of bad) {
    assert.equal(await refusal(verify(token), token), "401 the token is not valid", title);
  }
  assert.equal(await refusal(verify(good), good), "verified");
});

const claimTable: [
  wanted: Record<string, string>,
  held: JWTPayload,
  missing: string | undefined,
][] = [
  [{ role: "admin" }, { role: "admin" }, undefined],
  [{ role: "admin" }, { role: ["user", "admin"] }, undefined],
  [{ role: "admin" }, {}, "role"],
  [{ role: "admin" }, { role: "user" }, "role"],
  [{ role: "admin" }, { role: "not-admin" }, "role"],
  [{ role: "admin" }, { role: "user admin" }, "role"],
  [{ role: "admin" }, { role: ["administrator"] }, "role"],
  [{ role: "admin" }, { role: { admin: true } }, "role"],
  [{ role: "admin" }, { role: null }, "role"],
  [{ level: "1" }, { level: 1 }, "level"],
  [{ scope: "chat" }, { scope: "read chat write" }, undefined],
  [{ scope: "chat" }, { scope: "chat" }, undefined],
  [{ scope: "chat" }, { scope: "chat:read chatter" }, "scope"],
  [{ role: "admin", team: "blue" }, { role: "admin", team: "red" }, "team"],
  [{ constructor: "x" }, {}, "constructor"],
];

Deno.test("claims are required with their values, and else it is 403", async (t) => {
  await using issuer = await tokenIssuer();
  for (const [claims, held, missing] of claimTable) {
    await t.step(`${JSON.stringify(claims)} of ${JSON.stringify(held)}`, async () => {
      const token = await issuer.token(held);
      const expected = missing === undefined
        ? "verified"
        : `403 the token's claim "${missing}" does not permit this`;
      assert.equal(await refusal(verifier(issuer, { claims })(token), token), expected);
    });
  }
});
