import assert from "assert";
import { readReference } from "../../../../runner/config/text_reference.ts";

const files: Record<string, string> = { "run/token": "first\n", "run/empty": "\n" };
const reader = {
  environment: (key: string) => ({ TOKEN: "of the variable", EMPTY: "" })[key],
  readFile(path: string) {
    const text = files[path];
    if (text === undefined) throw new Deno.errors.NotFound("os error 2");
    return text;
  },
};
const read = (reference: Parameters<typeof readReference>[0]) =>
  readReference(reference, "sources[0].git: token", reader);

Deno.test("a text, a variable, a file without its last line end", () => {
  assert.equal(read("as it is\n"), "as it is\n");
  assert.equal(read({ env: "TOKEN" }), "of the variable");
  assert.equal(read({ file: "run/token" }), "first");
});

Deno.test("a file is read anew each time, so that it may rotate", () => {
  files["run/token"] = "second\n";
  assert.equal(read({ file: "run/token" }), "second");
});

Deno.test("what is not there is named", () => {
  const of = (reference: Parameters<typeof read>[0]) => () => read(reference);
  const token = "Cannot read sources[0].git: token";
  assert.throws(of({ env: "NONE" }), { message: `${token}: the variable "NONE" is not set` });
  assert.throws(of({ env: "EMPTY" }), { message: `${token}: the variable "EMPTY" is empty` });
  assert.throws(of({ file: "no" }), { message: `${token} from the file "no": it does not exist` });
  assert.throws(of({ file: "run/empty" }), {
    message: `${token} from the file "run/empty": it is empty`,
  });
});
