import { type Genkitd, genkitd } from "../e2e/genkitd.ts";

/** A running `genkitd operator`. */
export interface OperatorProcess extends Genkitd {
  probes: string;
  metrics: string;
  /** Waits until it has listed everything: nothing but /readyz tells. */
  ready(): Promise<void>;
  /** Resolves with its metrics when they match; throws after a minute with what they are. */
  shows(pattern: RegExp): Promise<string>;
}

/** Milliseconds in which metrics match, on a busy machine too. */
const PATIENCE = 60_000;

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
  const metrics = `http://127.0.0.1:${await port("metricsPort")}/metrics`;
  return Object.assign(process, {
    probes,
    metrics,
    async shows(pattern: RegExp) {
      const deadline = performance.now() + PATIENCE;
      for (;;) {
        const text = await (await fetch(metrics)).text();
        if (pattern.test(text)) return text;
        if (performance.now() > deadline) throw new Error(`No ${pattern} is in:\n${text}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
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
