/** A file or folder of this machine that a container sees. */
export interface BindMount {
  source: string;
  target: string;
  readOnly: boolean;
}

/** Options of {@linkcode startContainer}. */
export interface ContainerOptions {
  /** An empty folder for the container's root. */
  root: string;
  /** The network namespace, for `nsenter --net=…`. */
  network: string;
  mounts: BindMount[];
  /** Program and arguments, by the container's paths. */
  command: string[];
  env: Record<string, string>;
  user: number;
  group: number;
  /** A group besides, that of the pod's volumes. */
  fsGroup?: number | undefined;
  workingDir: string;
  readOnlyRoot: boolean;
  /** Takes what it prints, both streams together. */
  output(text: string): void;
}

/** A running program in a root and a network of its own. */
export interface ContainerProcess {
  pid: number;
  kill(signal: Deno.Signal): void;
  ended: Promise<{ exitCode: number; signal: Deno.Signal | null }>;
}

/** Folders of this machine that stand for what an image has of its system, and links to them. */
const SYSTEM = ["/usr", "/etc"];
const LINKS = ["/bin", "/sbin", "/lib", "/lib64"];
const KERNEL = ["/proc", "/sys"];
const DEVICES = ["null", "zero", "full", "random", "urandom"];

/**
 * Starts a program in a mount namespace of its own, with a root made for it: this machine's
 * system, few devices, and `mounts` on top. What it writes elsewhere is in memory and goes with it.
 */
export function startContainer(options: ContainerOptions): ContainerProcess {
  const { user, group, fsGroup, network, env, output } = options;
  const groups = fsGroup === undefined ? group : `${group},${fsGroup}`;
  const child = new Deno.Command("/usr/bin/setsid", {
    args: [
      ...["/usr/bin/nsenter", `--net=${network}`],
      ...["/usr/bin/unshare", "--mount", "--propagation", "private"],
      ...["/bin/sh", "-c", script(options), "sh"],
      ...["/usr/sbin/chroot", `--userspec=${user}:${group}`, `--groups=${groups}`, options.root],
      ...["/bin/sh", "-c", 'cd "$0" && exec "$@"', options.workingDir],
      ...options.command,
    ],
    clearEnv: true,
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const follow = async (stream: ReadableStream<Uint8Array>) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) output(text);
  };
  const following = [follow(child.stdout), follow(child.stderr)];
  const ended = child.status.then(async ({ code, signal }) => {
    killGroup(child.pid);
    await Promise.all(following);
    return { exitCode: code, signal };
  });
  return {
    pid: child.pid,
    kill(signal) {
      try {
        child.kill(signal);
      } catch (error) {
        // It has ended just now.
        if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
      }
    },
    ended,
  };
}

/** What a container's end leaves running goes with it: the program leads a session of its own. */
function killGroup(pid: number): void {
  try {
    Deno.kill(-pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** The shell script that makes the root and then becomes the program. */
function script({ root, mounts, readOnlyRoot }: ContainerOptions): string {
  const bind = (source: string, target: string, readOnly: boolean) => {
    const at = quote(root + target);
    return [
      // A link, as /etc/resolv.conf often is, would lead out of the root.
      `[ ! -L ${at} ] || rm ${at}`,
      `if [ -d ${quote(source)} ]; then mkdir -p ${at}`,
      `else mkdir -p ${
        quote((root + target).replace(/\/[^/]*$/, ""))
      }; [ -e ${at} ] || : > ${at}; fi`,
      `mount --rbind ${quote(source)} ${at}`,
      ...readOnly ? [`mount -o remount,bind,ro ${at}`] : [],
    ];
  };
  // What a container writes there, mount points too, stays in its own root.
  const layer = (path: string) => {
    const [lower, upper, work, at] = [
      path,
      ...["/.upper", "/.work", ""].map((f) => root + f + path),
    ];
    const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
    return [
      `mkdir -p ${[upper, work, at].map((one) => quote(one!)).join(" ")}`,
      `mount -t overlay overlay -o ${quote(options)} ${quote(at!)}`,
    ];
  };
  // A mount over a part of another one must come after it.
  const inOrder = mounts.toSorted((a, b) => a.target < b.target ? -1 : 1);
  return [
    "set -e",
    "own=$PATH PATH=/usr/sbin:/usr/bin",
    `mount -t tmpfs -o mode=755 tmpfs ${quote(root)}`,
    ...LINKS.map((path) => `[ ! -e ${path} ] || cp -P ${path} ${quote(root)}/ 2>/dev/null`),
    ...SYSTEM.flatMap((path) => layer(path)),
    ...KERNEL.flatMap((path) => bind(path, path, false)),
    ...DEVICES.flatMap((name) => bind(`/dev/${name}`, `/dev/${name}`, false)),
    `ln -s /proc/self/fd ${quote(root)}/dev/fd`,
    `ln -s /proc/self/fd/1 ${quote(root)}/dev/stdout`,
    `ln -s /proc/self/fd/2 ${quote(root)}/dev/stderr`,
    `mkdir -m 1777 ${quote(root)}/tmp ${quote(root)}/dev/shm`,
    ...inOrder.flatMap(({ source, target, readOnly }) => bind(source, target, readOnly)),
    ...readOnlyRoot ? ["", ...SYSTEM].map((at) => `mount -o remount,ro ${quote(root + at)}`) : [],
    'PATH=$own; exec "$@"',
  ].join("\n");
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
