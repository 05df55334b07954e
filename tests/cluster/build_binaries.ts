import type { BinaryVersions } from "./binaries.ts";
import type { Machine } from "./machine.ts";

/** What is built, and where. */
export interface BuildOptions {
  machine: Machine;
  /** The folder that the programs are put into. */
  folder: string;
  versions: BinaryVersions;
  /** The folders of the Go modules, each ending with a slash. */
  modules: { kubernetes: string; etcd: string };
  /** The file names of the programs that `folder` does not have yet. */
  missing: () => Promise<string[]>;
}

/**
 * Builds the programs that are missing, with Go. One process builds at a time, and others wait for
 * it. A program appears in the folder only when it is whole. Throws an Error where Go is missing or
 * a build fails.
 */
export async function buildBinaries(
  { machine, folder, versions, modules, missing }: BuildOptions,
): Promise<void> {
  await machine.makeFolder(folder);
  using _lock = await machine.lock(`${folder}/.lock`);
  const programs = await missing();
  const build = (module: string, flags: string, names: string[], sources: string[]) =>
    buildPrograms({ machine, folder, module, flags, names, sources });

  await build(modules.etcd, "-s -w", programs.filter((name) => name === "etcd"), ["."]);
  const kubernetes = programs.filter((name) => name !== "etcd");
  await build(
    modules.kubernetes,
    `-s -w ${versionFlags(versions.kubernetes)}`,
    kubernetes,
    kubernetes.map((name) => `k8s.io/kubernetes/cmd/${name}`),
  );
}

/** Programs of one Go module. */
export interface GoPrograms {
  machine: Machine;
  /** The folder that the programs are put into, which is locked. */
  folder: string;
  /** The folder of the Go module, ending with a slash. */
  module: string;
  /** What the linker is told. */
  flags: string;
  /** The file names of the programs. */
  names: string[];
  /** Their packages. */
  sources: string[];
}

/** Builds programs with Go; each appears in the folder when it is whole. */
export async function buildPrograms(
  { machine, folder, module, flags, names, sources }: GoPrograms,
): Promise<void> {
  if (names.length === 0) return;
  const unfinished = `${folder}/.unfinished`;
  machine.say(`Building ${names.join(", ")}: once, a few minutes, into ${folder}`);
  await machine.makeFolder(unfinished);
  await machine.run("go", {
    args: ["build", "-trimpath", "-ldflags", flags, "-o", `${unfinished}/`, ...sources],
    folder: module,
    env: { CGO_ENABLED: "0" },
  });
  for (const name of names) await machine.rename(`${unfinished}/${name}`, `${folder}/${name}`);
}

/** What a Kubernetes program says that it is; the API server parses it when it starts. */
function versionFlags(version: string): string {
  const [major, minor] = version.split(".");
  const component = "k8s.io/component-base/version";
  return [
    `-X ${component}.gitVersion=v${version}`,
    `-X ${component}.gitMajor=${major}`,
    `-X ${component}.gitMinor=${minor}`,
    `-X k8s.io/client-go/pkg/version.gitVersion=v${version}`,
  ].join(" ");
}
