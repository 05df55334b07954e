import assert from "assert";
import { createHash } from "node:crypto";
import { deflateSync } from "node:zlib";
import { objectId } from "../../../../shared/sources/git/git_object.ts";
import { concat } from "../../../../shared/sources/git/pkt_line.ts";
import { readPack } from "../../../../shared/sources/git/read_pack.ts";

const [COMMIT, BLOB, OFS_DELTA, REF_DELTA] = [1, 3, 6, 7];
const encoder = new TextEncoder();

interface PackedObject {
  type: number;
  data: Uint8Array;
  /** Said instead of the data's own. */
  size?: number;
  /** What stands between the head and the data. */
  base?: Uint8Array;
}

function pack(objects: PackedObject[], { count = objects.length, version = 2 } = {}): Uint8Array {
  const head = new Uint8Array(12);
  const view = new DataView(head.buffer);
  view.setUint32(0, 0x5041434b);
  view.setUint32(4, version);
  view.setUint32(8, count);
  const body = concat([head, ...objects.map(packed)]);
  return concat([body, createHash("sha1").update(body).digest()]);
}

function packed({ type, data, size = data.length, base = new Uint8Array() }: PackedObject) {
  const bytes = [];
  let rest = Math.floor(size / 16);
  bytes.push(type << 4 | size % 16 | (rest > 0 ? 0x80 : 0));
  while (rest > 0) {
    bytes.push(rest % 128 | (rest > 127 ? 0x80 : 0));
    rest = Math.floor(rest / 128);
  }
  return concat([Uint8Array.from(bytes), base, deflateSync(data)]);
}

const blob = (text: string): PackedObject => ({ type: BLOB, data: encoder.encode(text) });
const idOf = (text: string) => objectId({ type: "blob", data: encoder.encode(text) });

/** A delta that copies the first `copy` bytes and adds a text. */
function delta(baseSize: number, copy: number, add: string): Uint8Array {
  const size = copy + add.length;
  return Uint8Array.of(baseSize, size, 0x90, copy, add.length, ...encoder.encode(add));
}

const signal = new AbortController().signal;
const limits = { maxObjectBytes: 1000, maxBytes: 10_000, signal };

async function texts(bytes: Uint8Array, more = {}): Promise<Record<string, string>> {
  const { objects } = await readPack(bytes, { ...limits, ...more });
  const decoder = new TextDecoder();
  return Object.fromEntries([...objects].map(([oid, { data }]) => [oid, decoder.decode(data)]));
}

Deno.test("objects and deltas of them are unpacked, by their ids", async () => {
  const first = blob("hello");
  const distance = packed(first).length;
  const found = await texts(pack([
    first,
    { type: OFS_DELTA, base: Uint8Array.of(distance), data: delta(5, 4, "!") },
    { type: REF_DELTA, base: Uint8Array.fromHex(idOf("later")), data: delta(5, 5, "?") },
    blob("later"),
    blob(""),
  ]));
  assert.deepEqual(
    found,
    Object.fromEntries(
      ["hello", "hell!", "later?", "later", ""].map((text) => [idOf(text), text]),
    ),
  );
});

Deno.test("what is larger than the limit of one object is left out, and deltas of it", async () => {
  const zeros: PackedObject = { type: BLOB, data: new Uint8Array(5000) };
  const bytes = pack([
    zeros,
    { type: OFS_DELTA, base: Uint8Array.of(packed(zeros).length), data: delta(100, 4, "!") },
    blob("after it"),
  ]);

  const { objects, tooLarge } = await readPack(bytes, limits);

  assert.deepEqual([...objects.keys()], [idOf("after it")]);
  assert.deepEqual([...tooLarge], [objectId({ type: "blob", data: zeros.data })]);
});

const good = pack([blob("hello"), { type: COMMIT, data: encoder.encode("tree") }]);
const damaged = good.slice();
damaged[14]! ^= 1;
const far = Uint8Array.of(0xff, 0xff, 0x7f);
const broken: [string, Uint8Array, RegExp][] = [
  ["nothing", new Uint8Array(), /is cut off$/],
  ["a pack that is cut off", good.subarray(0, -5), /is cut off or damaged: its checksum differs$/],
  ["a pack that is damaged", damaged, /checksum differs$/],
  ["another version", pack([], { version: 3 }), /has another format than version 2$/],
  ["fewer objects than it says", pack([blob("a")], { count: 2 }), /is cut off$/],
  [
    "more objects than it says",
    pack([blob("a"), blob("b")], { count: 1 }),
    /holds more than it says$/,
  ],
  ["more objects than can be", pack([], { count: 4_000_000_000 }), /more than 250000 objects$/],
  [
    "an object that is longer than it says",
    pack([{ ...blob("hello"), size: 4 }]),
    /to the size it says$/,
  ],
  [
    "an object that is shorter than it says",
    pack([{ ...blob("hello"), size: 6 }]),
    /to the size it says$/,
  ],
  [
    "a large object that is longer than it says",
    pack([{ type: BLOB, data: new Uint8Array(50_000), size: 2000 }]),
    /to the size it says$/,
  ],
  ["an unknown type", pack([{ type: 5, data: encoder.encode("a") }]), /of the unknown type 5$/],
  [
    "a delta of what is before the pack",
    pack([{ type: OFS_DELTA, base: far, data: delta(1, 1, "") }]),
    /holds a delta of nothing$/,
  ],
  [
    "a delta of what is nowhere",
    pack([{ type: REF_DELTA, base: new Uint8Array(20), data: delta(1, 1, "") }]),
    /holds deltas of nothing$/,
  ],
  [
    "a delta of another length",
    pack([blob("hello"), {
      type: REF_DELTA,
      base: Uint8Array.fromHex(idOf("hello")),
      data: delta(7, 4, "!"),
    }]),
    /a delta that does not fit$/,
  ],
  [
    "a delta that reads beyond its base",
    pack([blob("hello"), {
      type: REF_DELTA,
      base: Uint8Array.fromHex(idOf("hello")),
      data: delta(5, 9, ""),
    }]),
    /a delta that does not fit$/,
  ],
];
for (const [name, bytes, message] of broken) {
  Deno.test(`refused: ${name}`, async () => {
    await assert.rejects(readPack(bytes, limits), { name: "FetchFailure", message });
  });
}

Deno.test("deltas that grow are refused before room is made for them", async () => {
  // 16 MB by one copy, 255 times over, would be 4 GB.
  const base = blob("x".repeat(100));
  const op = [0xf0, 0xff, 0xff, 0xff];
  const size = [0xff, 0xff, 0xff, 0xff, 0x0f];
  const data = Uint8Array.of(100, ...size, ...op);
  const { objects } = await readPack(
    pack([base, { type: REF_DELTA, base: Uint8Array.fromHex(idOf("x".repeat(100))), data }]),
    limits,
  );
  assert.equal(objects.size, 1);
});

Deno.test("what unpacks to more than the limit in all is refused", async () => {
  const many = Array.from({ length: 11 }, (_, i) => blob(`${i}`.padEnd(999)));
  await assert.rejects(readPack(pack(many), limits), {
    reason: "TooLarge",
    message: "the commit is more than 10000 bytes unpacked",
  });
  const large = Array.from({ length: 11 }, () => ({ type: BLOB, data: new Uint8Array(10_000) }));
  await assert.rejects(readPack(pack(large), limits), { reason: "TooLarge" });
});
