import assert from "assert";
import { ensureSandboxBundle } from "../../tasks/bundle.ts";

/** Gives the texts of a module and of all that it imports at once. */
async function staticGraph(entry: URL, seen = new Map<string, string>()) {
  if (seen.has(entry.href)) return seen;
  const text = await Deno.readTextFile(entry);
  seen.set(entry.href, text);
  for (const [, path] of text.matchAll(/(?:from|import)\s*"(\.\/[^"]+)"/g)) {
    await staticGraph(new URL(path!, entry), seen);
  }
  return seen;
}

Deno.test("the sandbox's bundle", async (t) => {
  await ensureSandboxBundle();
  const { entry, made, sizes } = await ensureSandboxBundle();
  const graph = await staticGraph(new URL(`file://${entry}`));
  const atOnce = [...graph.values()].join("\n");
  const all = await Promise.all(
    Object.keys(sizes).map((name) => Deno.readTextFile(new URL(name, `file://${entry}`))),
  );

  await t.step("is not made again while its inputs are the same", () => {
    assert.equal(made, false);
  });
  await t.step("has a provider in a file of its own, which is loaded where it is used", () => {
    assert.ok(graph.size > 1, "the entry imports further files");
    assert.doesNotMatch(atOnce, /x-goog-api-client/);
    assert.ok(all.some((text) => text.includes("x-goog-api-client")));
    assert.doesNotMatch(atOnce, /ConverseStream/);
    assert.ok(all.some((text) => text.includes("ConverseStream")));
  });
  await t.step("leaves out what a sandbox never calls", () => {
    assert.doesNotMatch(all.join("\n"), /x-powered-by|grpc-status|sec-websocket/i);
    assert.ok(atOnce.length < 850_000, "what every sandbox loads");
    assert.ok(Math.max(...Object.values(sizes)) < 400_000, "what one provider adds");
  });
});
