import assert from "assert";
import { helmBinary } from "../../cluster/helm_binary.ts";
import type { Machine } from "../../cluster/machine.ts";

/** A machine with these files, where Go builds helm, or throws an Error. */
function machineOf({ helm, files = [], built = [], go }: {
  helm?: string;
  files?: string[];
  /** What appears while the lock is waited for. */
  built?: string[];
  go?: Error;
} = {}) {
  const there = new Set(files);
  const commands: string[][] = [];
  const machine: Machine = {
    env: (name) => name === "HELM" ? helm : undefined,
    exists: (path) => Promise.resolve([...there].some((end) => path.endsWith(end))),
    readText: (path) => Deno.readTextFile(path),
    makeFolder: () => Promise.resolve(),
    rename: (_, to) => Promise.resolve(void there.add(to)),
    lock: () => {
      for (const path of built) there.add(path);
      return Promise.resolve({ [Symbol.dispose]: () => {} });
    },
    run: (_, { args }) => go ? Promise.reject(go) : Promise.resolve(void commands.push(args)),
    say: () => {},
  };
  return { machine, commands };
}

const CACHED = /\.cache\/cluster\/helm-4\.\d+\.\d+\/helm$/;

Deno.test("the helm that HELM names comes first, and must be there", async () => {
  const helm = "/opt/helm";
  assert.equal(await helmBinary(machineOf({ helm, files: [helm] }).machine), helm);
  await assert.rejects(helmBinary(machineOf({ helm }).machine), /HELM is "\/opt\/helm", which is /);
});

Deno.test("the cached helm is next, also one that another process built meanwhile", async () => {
  for (const options of [{ files: ["/helm"] }, { built: ["/helm"] }]) {
    const { machine, commands } = machineOf(options);
    assert.match(await helmBinary(machine), CACHED);
    assert.deepEqual(commands, []);
  }
});

Deno.test("else Go builds it, with its version", async () => {
  const { machine, commands } = machineOf();
  assert.match(await helmBinary(machine), CACHED);
  assert.equal(commands.length, 1);
  assert.match(commands[0]!.join(" "), /version\.version=v4\.\d+\.\d+ .* helm\.sh\/helm\/v4\/cmd/);
});

Deno.test("where there is no way, the error names the three", async () => {
  const { machine } = machineOf({ go: new Error(`"go" is not found`) });
  await assert.rejects(
    helmBinary(machine),
    /^Error: Cannot get helm: "go" is not found\. Set HELM .*, or put it into ".*\/helm-4\..*, or install Go/,
  );
});
