import assert from "assert";
import { changedInputs } from "../../../../operator/controllers/server_inputs.ts";

const input = (name: string, hash: string) => ({ kind: "Prompt", name, hash });

Deno.test("inputs: new, changed and removed ones are changes, others are not", () => {
  const before = [input("same", "1"), input("changed", "1"), input("gone", "1")];
  const now = [input("same", "1"), input("changed", "2"), input("new", "1")];
  assert.deepEqual(changedInputs(before, now).map(({ name }) => name), ["changed", "new", "gone"]);
});
