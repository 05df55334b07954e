import { type Genkitd, genkitd } from "../e2e/genkitd.ts";

/** A running `genkitd operator`. */
export interface OperatorProcess extends Genkitd {
  probes: string;
  metrics: string;
  /** Waits until it has listed everything: nothing but /readyz tells. */
  ready(): Promise<void>;
}

/** Starts `genkitd operator` as a process of its own, and waits until it has started. */
export async function startOperator(
  kubeconfig: string,
  args: string[] = [],
  { program, env, flags, cwd }: {
    program?: string;
    env?: Record<string, string>;
    flags?: readonly string[];
    cwd?: string;
  } = {},
): Promise<OperatorProcess> {
  const ports = ["--health-port", "0", "--metrics-port", "0"];
  const lease = args.includes("--lease-namespace") ? [] : ["--lease-namespace", "default"];
  const process = await genkitd(
    ["operator", "--kubeconfig", kubeconfig, ...ports, ...lease, ...args],
    {
      ready: /"message":"started"/,
      ...program && { program },
      ...env && { env },
      ...flags && { flags },
      ...cwd && { cwd },
    },
  );
  const port = async (name: string) =>
    Number((await process.saw(new RegExp(`"${name}":(\\d+)`)))[1]);
  const probes = `http://127.0.0.1:${await port("healthPort")}`;
  return Object.assign(process, {
    probes,
    metrics: `http://127.0.0.1:${await port("metricsPort")}/metrics`,
    async ready() {
      for (;;) {
        const response = await fetch(`${probes}/readyz`);
        await response.body?.cancel();
        if (response.ok) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
  });
}
