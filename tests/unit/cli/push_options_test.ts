import assert from "assert";
import { Command } from "commander";
import { define, type PushFlags, pushOptions } from "../../../cli/push.ts";
import { UsageError } from "../../../cli/usage_error.ts";

/** What a command line of `genkitd push` asks for. */
async function parse(...args: string[]) {
  const command = new Command("push").exitOverride().configureOutput({ writeErr: () => {} });
  define(command);
  let options: unknown;
  command.action((url: string, path: string, flags: PushFlags) => {
    options = pushOptions(url, path, flags);
  });
  await command.parseAsync(args, { from: "user" });
  return options;
}

Deno.test("push takes a URL and a path, and is careful by default", async () => {
  assert.deepEqual(await parse("oci://a.io/x:v1", "flows"), {
    url: "oci://a.io/x:v1",
    path: "flows",
    annotations: {},
    username: undefined,
    dockerConfig: undefined,
    ca: undefined,
    tokenHost: undefined,
    insecure: false,
    includeSecrets: false,
    resources: [],
  });
});

Deno.test("annotations are keys with values, which may hold anything", async () => {
  const options = await parse("u", "p", "--annotation", "a=b=c d", "--annotation", "e=");
  assert.deepEqual((options as { annotations: unknown }).annotations, { a: "b=c d", e: "" });
  for (const text of ["a", "=b", ""]) {
    await assert.rejects(
      parse("u", "p", "--annotation", text),
      new UsageError("--annotation", text, "like key=value"),
    );
  }
});

Deno.test("a user's name and a password come together", async () => {
  await assert.rejects(parse("u", "p", "--username", "ann"), /beside --password-stdin/);
  await assert.rejects(parse("u", "p", "--password-stdin"), /beside --username/);
  await parse("u", "p", "--username", "ann", "--password-stdin");
});
