import assert from "assert";
import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import type { Blob } from "../../shared/sources/oci/push_artifact.ts";
import {
  bytes,
  failure,
  fetcher,
  filesOf,
  pushLayers,
  signal,
  TAR,
  tar,
  tarLayer,
} from "./oci_reading.ts";
import { registryServer } from "./registry_server.ts";

Deno.test("layers lie over one another, and whiteouts take away what is below", async () => {
  await using server = await registryServer();
  await pushLayers(server, "v1", [
    await tarLayer([
      { name: "./a.yaml", text: "a: 1" },
      { name: "gone.yaml", text: "x" },
      { name: "dir/", type: "directory" },
      { name: "dir/b.yaml", text: "b: 1" },
      { name: "dir/deep/c.yaml", text: "c: 1" },
      { name: "other/d.yaml", text: "d: 1" },
      { name: "README.md", text: "no object" },
      { name: ".github/e.yaml", text: "hidden" },
    ]),
    {
      mediaType: `${TAR}+gzip`,
      bytes: new Uint8Array(
        gzipSync(
          await tar([
            { name: ".wh.gone.yaml" },
            { name: "dir/.wh..wh..opq" },
            { name: "dir/f.yaml", text: "f: 2" },
            { name: ".wh.other" },
            { name: "a.yaml", text: "a: 2" },
          ]),
        ),
      ),
    },
    {
      mediaType: TAR,
      bytes: bytes("h: 3"),
      annotations: { "org.opencontainers.image.title": "h.yaml" },
    },
    {
      mediaType: "application/vnd.example.docs+tar",
      bytes: new Uint8Array(gzipSync(await tar([{ name: "docs/i.yaml", text: "i: 3" }]))),
      annotations: {
        "org.opencontainers.image.title": "docs",
        "io.deis.oras.content.unpack": "true",
      },
    },
    {
      mediaType: "application/yaml",
      bytes: bytes("g: 3"),
      annotations: { "org.opencontainers.image.title": "single/g.yaml" },
    },
    { mediaType: "application/vnd.example.other+json", bytes: bytes("{}") },
  ]);
  assert.deepEqual(await filesOf(fetcher(server, ":v1")), {
    "a.yaml": "a: 2",
    "dir/f.yaml": "f: 2",
    "docs/i.yaml": "i: 3",
    "h.yaml": "h: 3",
    "single/g.yaml": "g: 3",
  });
});

Deno.test("the packings of Flux, Docker, Helm and ORAS are known by their types", async (t) => {
  await using server = await registryServer();
  const packed = new Uint8Array(gzipSync(await tar([{ name: "a.yaml", text: "a: 1" }])));
  const types = [
    "application/vnd.cncf.flux.content.v1.tar+gzip",
    "application/vnd.docker.image.rootfs.diff.tar.gzip",
    "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
    "application/gzip",
    "application/x-tar",
  ];
  for (const mediaType of types) {
    await t.step(mediaType, async () => {
      const tag = mediaType.replaceAll(/[^a-z]/g, "-");
      await pushLayers(server, tag, [{ mediaType, bytes: packed }]);
      assert.deepEqual(await filesOf(fetcher(server, `:${tag}`)), { "a.yaml": "a: 1" });
    });
  }
});

Deno.test("gzip of several members, as eStargz has it, and with zeros behind it", async () => {
  await using server = await registryServer();
  const files = await tar([
    { name: "a.yaml", text: "a: 1" },
    { name: "b.yaml", text: `b: ${"x".repeat(100_000)}` },
    { name: "c.yaml", text: "c: 1" },
  ]);
  const members: Uint8Array[] = [];
  for (let at = 0; at < files.length; at += 4096) {
    members.push(gzipSync(files.subarray(at, at + 4096)));
  }
  const content = Buffer.concat([...members, new Uint8Array(100_000)]);
  const mediaType = `${TAR}+gzip`;
  await pushLayers(server, "v1", [{ mediaType, bytes: new Uint8Array(content) }]);
  assert.deepEqual(Object.keys(await filesOf(fetcher(server, ":v1")) ?? {}), [
    "a.yaml",
    "b.yaml",
    "c.yaml",
  ]);

  const behind = Buffer.concat([...members, bytes("something else")]);
  await pushLayers(server, "v2", [{ mediaType, bytes: new Uint8Array(behind) }]);
  assert.match((await failure(fetcher(server, ":v2"))).message, /not valid gzip/);
});

Deno.test("ten thousand files, each taken away again by a layer above, are read at once", async () => {
  await using server = await registryServer();
  const names = Array.from({ length: 10_000 }, (_, i) => `d${i % 100}/${i}.yaml`);
  await pushLayers(server, "v1", [
    await tarLayer(names.map((name) => ({ name, text: "a: 1" }))),
    await tarLayer(names.slice(1).map((name) => ({ name: name.replace("/", "/.wh.") }))),
  ]);
  assert.deepEqual(await filesOf(fetcher(server, ":v1")), { "d0/0.yaml": "a: 1" });
});

Deno.test("links are passed over, and said where they matter", async () => {
  await using server = await registryServer();
  await pushLayers(server, "v1", [
    await tarLayer([
      { name: "a.yaml", text: "a: 1" },
      { name: "passwd.yaml", type: "symlink", linkname: "/etc/passwd" },
      { name: "again.yaml", type: "link", linkname: "a.yaml" },
      { name: "bin/sh", type: "symlink", linkname: "../../bin/sh" },
      { name: "disk.yaml", type: "block-device" },
    ]),
  ]);
  const snapshot = await fetcher(server, ":v1").fetch(signal);
  assert.deepEqual([...snapshot!.files.keys()], ["a.yaml"]);
  assert.deepEqual(snapshot!.warnings, [
    { file: "passwd.yaml", message: 'is a link to "/etc/passwd", which is passed over' },
    { file: "again.yaml", message: 'is a link to "a.yaml", which is passed over' },
    { file: "disk.yaml", message: "is no file but a block-device, which is passed over" },
  ]);
});

/** Puts a byte that is no UTF-8 into the name of the first entry, and its sum right. */
function badName(archive: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  archive[1] = 0xff;
  archive.fill(0x20, 148, 156);
  const sum = archive.subarray(0, 512).reduce((sum, byte) => sum + byte, 0);
  archive.set(bytes(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
  return archive;
}

Deno.test("what leads out of the artifact, is too large or broken is refused as a whole", async (t) => {
  await using server = await registryServer();
  const large = "x".repeat(100_000);
  const cases: [string, Blob, RegExp, Record<string, unknown>?][] = [
    [
      "a path upwards",
      await tarLayer([{ name: "../a.yaml", text: "a" }]),
      /holds a file "\.\.\/a\.yaml", which is outside/,
    ],
    [
      "an absolute path",
      await tarLayer([{ name: "/etc/a.yaml", text: "a" }]),
      /holds a file "\/etc\/a\.yaml"/,
    ],
    [
      "a title upwards",
      {
        mediaType: "text/yaml",
        bytes: bytes("a"),
        annotations: { "org.opencontainers.image.title": "../a.yaml" },
      },
      /outside of it/,
    ],
    [
      "a name that is not UTF-8",
      { mediaType: TAR, bytes: badName(await tar([{ name: "aXb.yaml", text: "a" }])) },
      /: its layer "sha256:\w{64}": it holds a file "a\\ufffdb\.yaml", whose name is not UTF-8$/,
    ],
    [
      "a long name",
      await tarLayer([{ name: `${"a/".repeat(600)}b.yaml`, text: "a" }]),
      /a name of 1206 characters, should be at most 1024/,
    ],
    [
      "nothing to read",
      { mediaType: "application/vnd.example.other+json", bytes: bytes("{}") },
      /no layer that can be read: found "application\/vnd\.example\.other\+json", should be tar/,
    ],
    [
      "a large file",
      await tarLayer([{ name: "a.yaml", text: large }]),
      /"a\.yaml" is larger than maxFileBytes, 50000 bytes/,
      { maxFileBytes: 50_000 },
    ],
    [
      "a large artifact",
      await tarLayer([{ name: "a.yaml", text: large }]),
      /larger than maxBytes/,
      { maxBytes: 60_000 },
    ],
    [
      "a bomb",
      {
        mediaType: `${TAR}+gzip`,
        bytes: new Uint8Array(
          gzipSync(
            await tar(Array.from({ length: 30 }, (_, i) => ({ name: `${i}.md`, text: large }))),
          ),
        ),
      },
      /unpacked, it is larger than maxBytes/,
      { maxBytes: 500_000 },
    ],
    [
      "many files",
      await tarLayer(Array.from({ length: 100 }, (_, i) => ({ name: `${i}.yaml`, text: "a" }))),
      /more than 60 files|more files than maxFiles/,
      { maxFiles: 60 },
    ],
    [
      "no archive",
      { mediaType: TAR, bytes: bytes(large) },
      /: its layer "sha256:\w{64}": it is not a valid tar archive$/,
    ],
    [
      "no gzip",
      { mediaType: `${TAR}+gzip`, bytes: bytes(large) },
      /: its layer "sha256:\w{64}": it is not valid gzip$/,
    ],
    ["half an archive", {
      mediaType: TAR,
      bytes: (await tar([{ name: "a.yaml", text: large }])).slice(0, 50_000),
    }, /not a valid tar archive/],
    [
      "zstd",
      { mediaType: `${TAR}+zstd`, bytes: bytes("x") },
      /tar\+zstd", should be tar or tar\+gzip/,
    ],
  ];
  for (const [name, layer, message, options = {}] of cases) {
    await t.step(name, async () => {
      const tag = name.replaceAll(" ", "-");
      await pushLayers(server, tag, [layer]);
      const reader = fetcher(server, `:${tag}`, options);
      assert.match((await failure(reader)).message, message);
      assert.match((await failure(reader)).message, message, "and again");
    });
  }
});
