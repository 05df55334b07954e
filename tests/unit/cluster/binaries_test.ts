import assert from "assert";
import { binaryVersions, clusterBinaries } from "../../cluster/binaries.ts";
import type { Machine } from "../../cluster/machine.ts";

const ALL = ["etcd", "kube-apiserver", "kube-controller-manager", "kubectl"];
const ROOT = new URL("../../../", import.meta.url).pathname;
const { kubernetes, etcd } = await binaryVersions();
const CACHE = `${ROOT}.cache/cluster/kubernetes-${kubernetes}-etcd-${etcd}`;

/** A machine of made-up files, where Go builds what it is asked for, or throws an Error. */
function machineOf({ assets, cached = [], built = () => {}, go }: {
  assets?: string[];
  cached?: string[];
  /** Called while the lock is waited for, when another process has it. */
  built?: (files: Set<string>) => void;
  go?: Error;
}) {
  const files = new Set([
    ...(assets ?? []).map((name) => `/assets/${name}`),
    ...cached.map((name) => `${CACHE}/${name}`),
  ]);
  const commands: string[] = [];
  const said: string[] = [];
  let locked = false;
  const machine: Machine = {
    env: (name) => name === "KUBEBUILDER_ASSETS" && assets ? "/assets" : undefined,
    exists: (path) => Promise.resolve(files.has(path)),
    readText: (path) => Deno.readTextFile(path),
    makeFolder: () => Promise.resolve(),
    rename: (from, to) => {
      assert.ok(files.delete(from), `"${from}" is there`);
      files.add(to);
      return Promise.resolve();
    },
    lock: () => {
      built(files);
      locked = true;
      return Promise.resolve({ [Symbol.dispose]: () => void (locked = false) });
    },
    run: (command, { args, folder }) => {
      assert.ok(locked, "one process builds at a time");
      commands.push(`${command} ${args[0]}`);
      if (go) return Promise.reject(go);
      const output = args[args.indexOf("-o") + 1]!;
      for (const source of args.slice(args.indexOf("-o") + 2)) {
        files.add(output + (source === "." ? folder : source).replace(/\/$/, "").split("/").at(-1));
      }
      return Promise.resolve();
    },
    say: (line) => said.push(line),
  };
  return { machine, commands, said, files };
}

Deno.test("the programs that KUBEBUILDER_ASSETS has come first", async () => {
  const { machine, commands } = machineOf({ assets: ALL, cached: ALL });
  assert.deepEqual(Object.values(await clusterBinaries(machine)).sort(), under("/assets", ALL));
  assert.deepEqual(commands, []);
});

Deno.test("only kube-controller-manager may be missing there, and comes from the cache", async () => {
  const assets = ALL.filter((name) => name !== "kube-controller-manager");
  const { machine } = machineOf({ assets, cached: ALL });
  const { etcd, kubeControllerManager } = await clusterBinaries(machine);
  assert.equal(etcd, "/assets/etcd");
  assert.equal(kubeControllerManager, `${CACHE}/kube-controller-manager`);
});

Deno.test("assets that miss another program are not used, and this is said", async () => {
  const { machine, said } = machineOf({ assets: ["etcd", "kubectl"], cached: ALL });
  assert.deepEqual(Object.values(await clusterBinaries(machine)).sort(), under(CACHE, ALL));
  assert.deepEqual(said, [`KUBEBUILDER_ASSETS "/assets" is not used: it has no kube-apiserver`]);
});

Deno.test("what is in the cache is not built", async () => {
  const { machine, commands } = machineOf({ cached: ALL });
  assert.deepEqual(Object.values(await clusterBinaries(machine)).sort(), under(CACHE, ALL));
  assert.deepEqual(commands, []);
});

Deno.test("what the cache misses is built with Go, and nothing unfinished is left", async () => {
  const { machine, commands, said, files } = machineOf({ cached: ["kubectl"] });
  assert.deepEqual(Object.values(await clusterBinaries(machine)).sort(), under(CACHE, ALL));
  assert.deepEqual(commands, ["go build", "go build"]);
  assert.match(said.join("\n"), /^Building etcd: .*\nBuilding kube-apiserver, kube-controller-man/);
  assert.deepEqual([...files].sort(), under(CACHE, ALL));
});

Deno.test("what another process built meanwhile is not built again", async () => {
  const built = (files: Set<string>) => ALL.forEach((name) => files.add(`${CACHE}/${name}`));
  const { machine, commands } = machineOf({ built });
  await clusterBinaries(machine);
  assert.deepEqual(commands, []);
});

Deno.test("where there is no way, the error says why, and names the three", async () => {
  const { machine } = machineOf({ go: new Error(`"go" is not found`) });
  await assert.rejects(clusterBinaries(machine), (error: Error) => {
    for (const part of [`"go" is not found`, "KUBEBUILDER_ASSETS", CACHE, "https://go.dev/dl"]) {
      assert.ok(error.message.includes(part), part);
    }
    return true;
  });
});

Deno.test("the versions are those that the Go modules require", () => {
  assert.match(kubernetes, /^1\.\d+\.\d+$/);
  assert.match(etcd, /^3\.\d+\.\d+$/);
});

function under(folder: string, names: string[]): string[] {
  return names.map((name) => `${folder}/${name}`).sort();
}
