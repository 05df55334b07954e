import { runCommand } from "./run_command.ts";

/** The network of one pod: a namespace that lives as long as a process that only sleeps. */
export interface PodNetwork {
  /** The address of the pod on the bridge. */
  ip: string;
  /** For `nsenter --net=…`. */
  namespace: string;
  /** Takes the network away. */
  stop(): Promise<void>;
}

/** The network namespaces of pods on the bridge of a test. */
export interface PodNetworks {
  start(): Promise<PodNetwork>;
}

/** Joins a namespace to the bridge: name of the link, process, address. */
const JOIN = `set -e
ip link add "$1" type veth peer name eth0 netns "$2"
ip link set "$1" master br0 up
nsenter --net="/proc/$2/ns/net" sh -c "set -e
ip link set lo up
ip addr add $3/16 dev eth0
ip link set eth0 up
ip route add default via 10.99.0.1"`;

/** Makes networks with addresses from 10.99.1.0 on, none of them used twice. */
export function podNetworks(): PodNetworks {
  let count = 0;
  let joining: Promise<unknown> = Promise.resolve();
  // Two at once can get in each other's way: one of them is told that the link exists.
  const join = (...args: string[]) =>
    joining = joining.then(() => runCommand("sh", "-c", JOIN, "sh", ...args));
  return {
    async start() {
      count += 1;
      const link = `pod${count}`;
      const ip = `10.99.${1 + (count >> 8)}.${count & 255}`;
      const pause = new Deno.Command("unshare", {
        args: ["--net", "sh", "-c", "echo made; exec sleep infinity"],
        stdin: "null",
        stdout: "piped",
      }).spawn();
      const reader = pause.stdout.getReader();
      await reader.read();
      await reader.cancel();
      await join(link, String(pause.pid), ip);
      return {
        ip,
        namespace: `/proc/${pause.pid}/ns/net`,
        async stop() {
          pause.kill("SIGKILL");
          await pause.status;
        },
      };
    },
  };
}
