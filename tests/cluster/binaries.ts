import { buildBinaries } from "./build_binaries.ts";
import { type Machine, thisMachine } from "./machine.ts";

/** Where the programs of a control plane are. */
export interface ClusterBinaries {
  etcd: string;
  kubeApiserver: string;
  kubeControllerManager: string;
  kubectl: string;
}

/** The file names of the programs, as Kubernetes releases and KUBEBUILDER_ASSETS have them. */
export const PROGRAMS = {
  etcd: "etcd",
  kubeApiserver: "kube-apiserver",
  kubeControllerManager: "kube-controller-manager",
  kubectl: "kubectl",
} satisfies Record<keyof ClusterBinaries, string>;

/** The Go modules that require the programs' sources: the one place of their versions. */
export const MODULES = {
  kubernetes: new URL("binaries/kubernetes/", import.meta.url).pathname,
  etcd: new URL("binaries/etcd/", import.meta.url).pathname,
};

/** Where what was built is kept. */
export const CACHE = new URL("../../.cache/cluster/", import.meta.url).pathname;

/**
 * Finds the programs of a control plane: in the folder that KUBEBUILDER_ASSETS names, else in the
 * project's cache, else builds them into it with Go. Throws an Error that names these ways where
 * none is open.
 */
export async function clusterBinaries(machine: Machine = thisMachine): Promise<ClusterBinaries> {
  const versions = await binaryVersions(machine);
  const cache = `${CACHE}kubernetes-${versions.kubernetes}-etcd-${versions.etcd}`;
  const assets = await assetsFolder(machine);
  const inAssets = assets === undefined ? [] : await present(machine, assets);
  const needed = Object.values(PROGRAMS).filter((program) => !inAssets.includes(program));
  const missing = async () => {
    const found = await present(machine, cache);
    return needed.filter((program) => !found.includes(program));
  };

  if ((await missing()).length > 0) {
    await buildBinaries({ machine, folder: cache, versions, modules: MODULES, missing })
      .catch((cause: unknown) => {
        throw new Error(howToGet(cache, cause), { cause });
      });
  }
  const path = (program: string) =>
    `${assets !== undefined && inAssets.includes(program) ? assets : cache}/${program}`;
  return {
    etcd: path(PROGRAMS.etcd),
    kubeApiserver: path(PROGRAMS.kubeApiserver),
    kubeControllerManager: path(PROGRAMS.kubeControllerManager),
    kubectl: path(PROGRAMS.kubectl),
  };
}

/** The versions of the programs, such as `"1.35.4"`. */
export interface BinaryVersions {
  kubernetes: string;
  etcd: string;
}

/** Reads the versions of the programs from the Go modules that require them. */
export async function binaryVersions(
  machine: Pick<Machine, "readText"> = thisMachine,
): Promise<BinaryVersions> {
  const required = (folder: string, module: string) => requiredVersion(machine, folder, module);
  return {
    kubernetes: await required(MODULES.kubernetes, "k8s.io/kubernetes"),
    etcd: await required(MODULES.etcd, "go.etcd.io/etcd/server/v3"),
  };
}

/**
 * Reads the version of a module that the Go module in a folder requires, such as `"1.35.4"`. Throws
 * an Error where it requires none.
 */
export async function requiredVersion(
  machine: Pick<Machine, "readText">,
  folder: string,
  module: string,
): Promise<string> {
  const file = `${folder}go.mod`;
  const line = new RegExp(`^(?:require |\\t)${RegExp.escape(module)} v(\\d+\\.\\d+\\.\\d+)$`, "m");
  const version = line.exec(await machine.readText(file))?.[1];
  if (version === undefined) throw new Error(`Cannot find the version of ${module} in "${file}"`);
  return version;
}

/** The folder of KUBEBUILDER_ASSETS, which is of use only with all that a control plane needs. */
async function assetsFolder(machine: Machine): Promise<string | undefined> {
  const folder = machine.env("KUBEBUILDER_ASSETS");
  if (!folder) return undefined;
  const found = await present(machine, folder);
  // Kubebuilder's own archives have no kube-controller-manager.
  const lacking = Object.values(PROGRAMS).filter((program) =>
    program !== PROGRAMS.kubeControllerManager && !found.includes(program)
  );
  if (lacking.length === 0) return folder;
  machine.say(`KUBEBUILDER_ASSETS "${folder}" is not used: it has no ${lacking.join(" and no ")}`);
  return undefined;
}

async function present(machine: Machine, folder: string): Promise<string[]> {
  const programs = Object.values(PROGRAMS);
  const found = await Promise.all(
    programs.map((program) => machine.exists(`${folder}/${program}`)),
  );
  return programs.filter((_, index) => found[index]);
}

function howToGet(cache: string, cause: unknown): string {
  return `Cannot get the programs of a control plane (${Object.values(PROGRAMS).join(", ")}): ` +
    `${cause instanceof Error ? cause.message : cause}. Set KUBEBUILDER_ASSETS to a folder that ` +
    `has them, or put them into "${cache}", or install Go (https://go.dev/dl), with which the ` +
    `tests build them once`;
}
