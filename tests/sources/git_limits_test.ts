import assert from "assert";
import type { IncomingMessage, ServerResponse } from "node:http";
import { gitSource } from "../../shared/sources/git/git_source.ts";
import { gitSourceOptions } from "../../shared/sources/git/git_source_options.ts";
import { ManualClock } from "../unit/manual_clock.ts";
import { failure, fetcher, never, read, served } from "./git_reading.ts";

const MIB = 1024 * 1024;

/** Answers a request for objects, of protocol 2. */
function onFetch(answer: (response: ServerResponse) => void) {
  return (request: IncomingMessage, response: ServerResponse): boolean => {
    if (request.method !== "POST") return false;
    response.writeHead(200, { "content-type": "application/x-git-upload-pack-result" });
    answer(response);
    return true;
  };
}

/** Writes the same packet for as long as somebody takes it. */
function endless(response: ServerResponse, packet: string, sent: (bytes: number) => void) {
  const block = packet.repeat(Math.ceil(65_536 / packet.length));
  const more = () => {
    while (response.writable && response.write(block)) sent(block.length);
  };
  response.on("drain", more);
  more();
}

Deno.test("an endless pack is cut off at the limit", async () => {
  await using git = await served();
  const commit = await git.repository.commit({ "a.yaml": "a" });
  let sent = 0;
  const closed = Promise.withResolvers<void>();
  git.server.behaviour.intercept = onFetch((response) => {
    response.on("close", () => closed.resolve());
    response.write("000dpackfile\n");
    endless(response, `ffef\x01${"x".repeat(65_514)}`, (bytes) => {
      sent += bytes;
    });
  });

  const { reason, message } = await failure(
    read({ url: git.server.url, ref: { commit }, maxBytes: MIB }),
  );

  assert.equal(reason, "TooLarge");
  assert.match(message, /: what the server sends for one commit is more than 1048576 bytes$/);
  await closed.promise;
  assert.ok(sent < 32 * MIB, `${sent} bytes were sent`);
});

Deno.test("an endless list of branches is cut off at the limit", async () => {
  await using git = await served();
  await git.repository.commit({ "a.yaml": "a" });
  const closed = Promise.withResolvers<void>();
  const line = `${"1".repeat(40)} refs/heads/x\n`;
  git.server.behaviour.intercept = onFetch((response) => {
    response.on("close", () => closed.resolve());
    endless(response, `${(line.length + 4).toString(16).padStart(4, "0")}${line}`, () => {});
  });

  const { reason, message } = await failure(read({ url: git.server.url }));

  assert.equal(reason, "TooLarge");
  assert.match(message, /: the list of its branches and tags is more than 8388608 bytes$/);
  await closed.promise;
});

for (const oldProtocol of [false, true]) {
  const which = oldProtocol ? "an old server" : "a server of protocol 2";

  Deno.test(`a file that is too large is named and passed over; from ${which}`, async () => {
    await using git = await served({ oldProtocol });
    // 40 MiB of zeros are 40 KB in the pack.
    await git.repository.commit({ "a.yaml": "a", "bomb.yaml": new Uint8Array(40 * MIB) });

    const { files, problems } = await read({ url: git.server.url, maxFileBytes: MIB });

    assert.deepEqual([...files], [["a.yaml", "a"]]);
    assert.deepEqual(problems, [
      { file: "bomb.yaml", message: "cannot be read: it is larger than 1048576 bytes" },
    ]);
  });

  Deno.test(`a commit that is too large unpacked is refused; from ${which}`, async () => {
    await using git = await served({ oldProtocol });
    const bombs = Object.fromEntries(
      Array.from({ length: 12 }, (_, i) => [`${i}.yaml`, new Uint8Array(MIB / 2 + i)]),
    );
    await git.repository.commit(bombs);
    await git.repository.git("-c", "pack.window=0", "repack", "-adfq");

    const { reason, message } = await failure(
      read({ url: git.server.url, maxFileBytes: MIB, maxBytes: 4 * MIB }),
    );

    assert.equal(reason, "TooLarge");
    assert.match(message, /: the commit is more than 4194304 bytes unpacked$/);
  });
}

Deno.test("what is too large is not fetched again until there is another commit", async () => {
  await using git = await served();
  await git.repository.commit({ "1.yaml": "1", "2.yaml": "2" });
  const reader = fetcher({ url: git.server.url, maxFiles: 1 });
  assert.match((await failure(reader.fetch(never))).message, /: it holds more than 1 files$/);
  git.server.seen();

  assert.match((await failure(reader.fetch(never))).message, /: it holds more than 1 files$/);
  assert.ok(git.server.seen().length <= 2, "no objects were asked for");

  await git.repository.commit({ "2.yaml": null });
  assert.equal((await reader.fetch(never))?.files.size, 1);
});

Deno.test("folders that hold one folder many times are refused", async () => {
  await using git = await served();
  await git.repository.commit({ "README": "no flow" });
  const mktree = async (lines: string) => {
    const file = `${git.repository.folder}/tree`;
    await Deno.writeTextFile(file, lines);
    return await git.repository.git("-c", `alias.make=!git mktree <${file}`, "make");
  };
  let tree = await git.repository.git("rev-parse", "HEAD^{tree}");
  for (let depth = 0; depth < 10; depth++) {
    tree = await mktree(
      Array.from({ length: 10 }, (_, i) => `040000 tree ${tree}\t${i}\n`).join(""),
    );
  }
  const commit = await git.repository.git("commit-tree", "-m", "A bomb", tree);
  await git.repository.git("update-ref", "refs/heads/main", commit);

  const { reason, message } = await failure(read({ url: git.server.url }));

  assert.equal(reason, "TooLarge");
  assert.match(message, /: it holds more than 10000 folders$/);
});

for (const where of ["before its answer", "within its answer"]) {
  Deno.test(`a server that stalls ${where} is given up at the time limit`, async () => {
    await using git = await served();
    await git.repository.commit({ "a.yaml": "a" });
    const asked = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<void>();
    git.server.behaviour.intercept = (_, response) => {
      response.on("close", () => closed.resolve());
      if (where === "within its answer") {
        response.writeHead(200, { "content-type": "application/x-git-upload-pack-advertisement" });
        response.write("001e# service=git-upload-pack\n00");
      }
      asked.resolve();
      return true;
    };
    const clock = new ManualClock();
    const source = gitSource({
      name: "flows",
      git: gitSourceOptions.parse({ url: git.server.url, timeout: "30s" }),
      clock,
    });
    const first = source.snapshots(never)[Symbol.asyncIterator]().next();
    first.catch(() => {});
    await asked.promise;

    clock.advance(30_000);

    const { message, reason } = await failure(first);
    assert.equal(message, "Cannot read flows: it took longer than 30 s");
    assert.equal(reason, "Unreachable");
    await closed.promise;
  });
}
