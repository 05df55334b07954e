import { ROOT } from "../../tasks/checkout.ts";
import { COMPILED_PERMISSIONS } from "../../tasks/compile_arguments.ts";
import { ensureProgramBundle } from "../../tasks/program_bundle.ts";
import { clusterBinaries } from "../cluster/binaries.ts";
import { helmBinary } from "../cluster/helm_binary.ts";
import type { ControlPlane } from "../cluster/control_plane.ts";
import { runCommand } from "../e2e/kubelet/run_command.ts";
import { cloneCheckout } from "./clone_checkout.ts";
import { type NamedHost, startNamedHosts } from "./named_hosts.ts";

/** A reader's machine: a fresh clone of this checkout, an empty home, no network. */
export interface World extends AsyncDisposable {
  /** The folder of the clone. */
  checkout: string;
  home: string;
  /** What a terminal has. */
  env: Record<string, string>;
  /** The path of genkitd, installed or not. */
  genkitd: string;
  controlPlane: ControlPlane | undefined;
}

/** What a reader's machine has. */
export interface WorldOptions {
  /** Whose kubeconfig is at ~/.kube/config. */
  controlPlane?: ControlPlane;
  /** Hosts of the internet that are there. */
  hosts?: Readonly<Record<string, NamedHost>>;
  /** Whether genkitd is installed. */
  genkitd?: boolean;
  /** Whether Deno is. */
  deno?: boolean;
}

/** The packages of `npx`: the machine's own cache, so that nothing is downloaded twice. */
const NPM_CACHE = "npm_config_cache";

/**
 * Brings what the pages need and the network has: the programs of a control plane, genkitd's
 * bundle, and the package that `npx deno` runs. It is done outside, before the namespace is made.
 */
export async function prepareWorld(): Promise<void> {
  await clusterBinaries();
  await helmBinary();
  await ensureProgramBundle();
  const { success, stderr } = await new Deno.Command("npx", {
    args: ["-y", `deno@${Deno.version.deno}`, "--version"],
    env: { [NPM_CACHE]: npmCache() },
  }).output();
  if (!success) throw new Error(`Cannot get npx deno: ${new TextDecoder().decode(stderr)}`);
}

/** Makes a reader's machine; only inside of a test of {@linkcode testIsolated}. */
export async function makeWorld(options: WorldOptions = {}): Promise<World> {
  await using stack = new AsyncDisposableStack();
  const { controlPlane } = options;
  await overlay("/usr/local/bin");
  await runCommand("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run");
  const root = await Deno.makeTempDir({ prefix: "genkitd-world-" });
  stack.defer(() => Deno.remove(root, { recursive: true }));
  const [checkout, home, bin] = [`${root}/genkitd`, `${root}/home`, `${root}/bin`] as const;
  await Deno.mkdir(`${home}/.kube`, { recursive: true });
  await Deno.mkdir(bin);
  await cloneCheckout(checkout);
  // As where its output is a terminal: no meter.
  await Deno.writeTextFile(`${home}/.curlrc`, "silent\nshow-error\n");
  if (controlPlane) {
    await Deno.copyFile(controlPlane.kubeconfig, `${home}/.kube/config`);
  }
  await writeProgram(`${bin}/kubectl`, await startOfKubectl());
  await Deno.symlink(await helmBinary(), `${bin}/helm`);
  // Whoever runs these tests is root already.
  await writeProgram(`${bin}/sudo`, 'exec "$@"');
  if (options.deno) await Deno.symlink(Deno.execPath(), `${bin}/deno`);
  const genkitd = `${root}/tools/genkitd`;
  await Deno.mkdir(`${root}/tools`);
  await writeProgram(genkitd, await startOfGenkitd());
  if (options.genkitd) await Deno.symlink(genkitd, `${bin}/genkitd`);
  const hosts = options.hosts && stack.use(await startNamedHosts(options.hosts));
  if (hosts) await Deno.writeTextFile(`${root}/ca.crt`, hosts.ca);
  const trust = ["DENO_CERT", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO"];
  const owned = stack.move();
  return {
    checkout,
    home,
    genkitd,
    controlPlane,
    env: {
      HOME: home,
      PATH: `${bin}:${await ownPath()}`,
      TMPDIR: Deno.env.get("TMPDIR") ?? "/tmp",
      LANG: "C.UTF-8",
      NO_COLOR: "1",
      GIT_CONFIG_SYSTEM: "/dev/null",
      DENO_DIR: await denoDir(),
      [NPM_CACHE]: npmCache(),
      // There is no registry here: npx takes what is in its cache without asking one.
      npm_config_offline: "true",
      ...hosts && Object.fromEntries(trust.map((name) => [name, `${root}/ca.crt`])),
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** The bundle, with the permissions of the single binary. */
async function startOfGenkitd(): Promise<string> {
  const { entry } = await ensureProgramBundle();
  const flags = ["--no-prompt", "--no-config", "--no-lock", "--no-remote", "--no-npm"];
  const permissions = COMPILED_PERMISSIONS.filter((flag) => flag !== "--deny-import");
  return `exec '${Deno.execPath()}' run ${[...flags, ...permissions].join(" ")} '${entry}' "$@"`;
}

/** kubectl, but for what the kubelet of the tests cannot do. */
async function startOfKubectl(): Promise<string> {
  const { kubectl } = await clusterBinaries();
  const forward = `${ROOT}tests/docs/forward_port.ts`;
  return `if [ "\${1-}" != port-forward ]; then exec '${kubectl}' "$@"; fi
shift
exec '${Deno.execPath()}' run -A --quiet --no-lock '${forward}' "$@"`;
}

/** Lets a folder of the machine be written without a change of it. */
async function overlay(folder: string): Promise<void> {
  const own = await Deno.makeTempDir({ prefix: "overlay-" });
  await Deno.mkdir(`${own}/upper`);
  await Deno.mkdir(`${own}/work`);
  const options = `lowerdir=${folder},upperdir=${own}/upper,workdir=${own}/work`;
  await runCommand("mount", "-t", "overlay", "-o", options, "overlay", folder);
}

async function writeProgram(path: string, script: string): Promise<void> {
  await Deno.writeTextFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

/** This process's PATH without folders that are there for Deno alone, as `npx` adds one. */
async function ownPath(): Promise<string> {
  const folders = (Deno.env.get("PATH") ?? "").split(":");
  const kept = await Promise.all(folders.map(async (folder) => {
    const [deno, sh] = await Promise.all([exists(`${folder}/deno`), exists(`${folder}/sh`)]);
    return !deno || sh;
  }));
  return folders.filter((_, index) => kept[index]).join(":");
}

function npmCache(): string {
  return Deno.env.get(NPM_CACHE) ?? `${Deno.env.get("HOME")}/.npm`;
}

async function denoDir(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  const { denoDir }: { denoDir: string } = JSON.parse(new TextDecoder().decode(stdout));
  return denoDir;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
