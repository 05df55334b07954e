import assert from "assert";
import { credentialEnvironment } from "../../../runner/credential_environment.ts";

const environment = (value: string | undefined) =>
  credentialEnvironment({
    get: () => value,
    readTextFile(path) {
      if (path !== "/keys/google.json") throw new Deno.errors.NotFound();
      return '{"type":"service_account"}';
    },
  });
const GOOGLE = "GOOGLE_APPLICATION_CREDENTIALS";

Deno.test("credentialEnvironment: the path of Google's key is read", () => {
  assert.equal(environment("/keys/google.json\n")(GOOGLE), '{"type":"service_account"}');
});

Deno.test("credentialEnvironment: Google's key itself stays as it is", () => {
  assert.equal(environment(' {"type":"x"}')(GOOGLE), ' {"type":"x"}');
});

Deno.test("credentialEnvironment: a path that cannot be read goes on, for the provider to refuse", () => {
  assert.equal(environment("/keys/none.json")(GOOGLE), "/keys/none.json");
});

Deno.test("credentialEnvironment: an empty path is none, and other variables are no paths", () => {
  assert.equal(environment("")(GOOGLE), undefined);
  assert.equal(environment(undefined)(GOOGLE), undefined);
  assert.equal(environment("/keys/google.json")("GEMINI_API_KEY"), "/keys/google.json");
});
