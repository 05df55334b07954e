import { CACHE, requiredVersion } from "./binaries.ts";
import { buildPrograms } from "./build_binaries.ts";
import { type Machine, thisMachine } from "./machine.ts";

/** The Go module that requires helm's source: the one place of its version. */
const MODULE = new URL("binaries/helm/", import.meta.url).pathname;
const SOURCE = "helm.sh/helm/v4";

/**
 * Finds helm: the program that the variable HELM names, else the one in the project's cache, else
 * it is built into that with Go.
 *
 * @returns Its path.
 * @throws {Error} that names these ways, where none is open.
 */
export async function helmBinary(machine: Machine = thisMachine): Promise<string> {
  const named = machine.env("HELM");
  if (named) {
    if (await machine.exists(named)) return named;
    throw new Error(`HELM is "${named}", which is not there: it should be the path of a helm`);
  }
  const version = await requiredVersion(machine, MODULE, SOURCE);
  const folder = `${CACHE}helm-${version}`;
  const helm = `${folder}/helm`;
  if (await machine.exists(helm)) return helm;
  try {
    await machine.makeFolder(folder);
    using _lock = await machine.lock(`${folder}/.lock`);
    // Another process may have been faster.
    const names = await machine.exists(helm) ? [] : ["helm"];
    await buildPrograms({
      machine,
      folder,
      module: MODULE,
      flags: `-s -w -X ${SOURCE}/internal/version.version=v${version}`,
      names,
      sources: [`${SOURCE}/cmd/helm`],
    });
  } catch (cause) {
    throw new Error(
      `Cannot get helm: ${cause instanceof Error ? cause.message : cause}. Set HELM to the path ` +
        `of one, or put it into "${folder}", or install Go (https://go.dev/dl), with which the ` +
        `tests build it once`,
      { cause },
    );
  }
  return helm;
}
