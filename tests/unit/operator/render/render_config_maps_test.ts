import assert from "assert";
import {
  ContentTooLarge,
  placeFiles,
  renderConfigMaps,
} from "../../../../operator/render/render_config_maps.ts";
import { serverOwnerOf } from "./server_owner_of.ts";

const HASH = "0123456789abcdef".repeat(4);
const place = (files: Record<string, string>, maxBytes?: number) =>
  placeFiles("greeter", { files: new Map(Object.entries(files)) }, HASH, maxBytes);
const parts = (files: Record<string, string>, maxBytes: number) =>
  place(files, maxBytes).map(({ path, configMap }) => [path, configMap]);

Deno.test("placeFiles: one ConfigMap is named after the server and the content", () => {
  assert.deepEqual(place({ "tools/t.json": "{}", "config.json": "{}" }), [
    { configMap: "greeter-0123456789ab", key: "config.json", path: "config.json", text: "{}" },
    { configMap: "greeter-0123456789ab", key: "tools.t.json", path: "tools/t.json", text: "{}" },
  ]);
});

Deno.test("placeFiles: what just fits stays in one, a byte more goes to the next", () => {
  const files = { a: "123", b: "123" };
  assert.deepEqual(parts(files, 8), [["a", "greeter-0123456789ab"], ["b", "greeter-0123456789ab"]]);
  assert.deepEqual(parts(files, 7), [
    ["a", "greeter-0123456789ab"],
    ["b", "greeter-0123456789ab-2"],
  ]);
});

Deno.test("placeFiles: characters count with their bytes", () => {
  assert.equal(parts({ a: "🦊", b: "" }, 5)[1]![1], "greeter-0123456789ab-2");
});

Deno.test("placeFiles: a file that fits into no ConfigMap is named", () => {
  assert.throws(() => place({ a: "", "prompts/long.prompt": "12345" }, 20), (error) => {
    assert.ok(error instanceof ContentTooLarge);
    assert.equal(
      error.message,
      'the file "prompts/long.prompt" is 24 bytes, should be at most 20: a ConfigMap takes no more',
    );
    return true;
  });
});

Deno.test("placeFiles: 900 KiB are what one takes by itself", () => {
  assert.equal(place({ a: "x".repeat(900 * 1024 - 1) }).length, 1);
  assert.throws(() => place({ a: "x".repeat(900 * 1024) }), ContentTooLarge);
});

Deno.test("placeFiles: a path that is too long for a key has one of its own", () => {
  const long = `flows/${"f".repeat(63)}/prompts/${"p".repeat(200)}.prompt`;
  const keys = place({ "config.json": "", [long]: "", [`${long}2`]: "" }).map(({ key }) => key);
  assert.deepEqual(keys, ["config.json", "file-1", "file-2"]);
});

Deno.test("renderConfigMaps: immutable, and the server's", () => {
  const files = place({ a: "1", b: "2", c: "3" }, 4);
  const configMaps = renderConfigMaps(serverOwnerOf(), files);
  assert.deepEqual(
    configMaps.map(({ metadata, data, immutable }) => [metadata.name, data, immutable]),
    [
      ["greeter-0123456789ab", { a: "1", b: "2" }, true],
      ["greeter-0123456789ab-2", { c: "3" }, true],
    ],
  );
  for (const { metadata } of configMaps) {
    assert.equal(metadata.namespace, "demo");
    assert.deepEqual(metadata.ownerReferences, [{
      apiVersion: "genkit.dev/v1alpha1",
      kind: "Flow",
      name: "greeter",
      uid: "u-1",
      controller: true,
      blockOwnerDeletion: true,
    }]);
  }
});
