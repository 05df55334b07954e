import assert from "assert";
import { authenticate } from "../../../../runner/guard/authenticate.ts";
import type { Claims } from "../../../../runner/guard/verify_token.ts";

const ISSUER = "https://id.example.com/";

async function nameOf(claims: Claims): Promise<string> {
  const headers = new Headers({ authorization: "Bearer t" });
  const { name } = await authenticate(headers, {
    auth: { jwt: { issuer: ISSUER, audiences: ["a"] } },
    readApiKeys: () => new Map(),
    verify: () => Promise.resolve({ iss: ISSUER, ...claims }),
  });
  return name;
}

Deno.test("tokens of one issuer are one caller's where their subject is the same", async () => {
  assert.equal(await nameOf({ sub: "ann", jti: "1" }), await nameOf({ sub: "ann", jti: "2" }));
  assert.notEqual(await nameOf({ sub: "ann" }), await nameOf({ sub: "bob" }));
});

Deno.test("tokens without a subject, as programs may have, are told apart by their client", async () => {
  for (const claim of ["client_id", "azp"]) {
    assert.equal(await nameOf({ [claim]: "one" }), await nameOf({ [claim]: "one", jti: "2" }));
    assert.notEqual(await nameOf({ [claim]: "one" }), await nameOf({ [claim]: "two" }));
    assert.notEqual(await nameOf({ [claim]: "one" }), await nameOf({ sub: "one" }));
  }
});
