import { helmBinary } from "./helm_binary.ts";

/** What helm answered. */
export interface HelmResult {
  stdout: string;
  stderr: string;
  code: number;
}

/** How helm is called. */
export interface HelmOptions {
  /** Values, as a file of `--values` would have them. */
  values?: object | undefined;
  /** False gives a failure back instead of throwing it; true where absent. */
  check?: boolean | undefined;
  /** Another kubeconfig than the administrator's. */
  kubeconfig?: string | undefined;
  /** The folder that it runs in. */
  folder?: string | undefined;
}

/** Runs helm with the given arguments. Throws an Error with its stderr where it fails. */
export type Helm = (args: string[], options?: HelmOptions) => Promise<HelmResult>;

/**
 * Gives the helm of a cluster, or without one a helm that renders only. It keeps its caches,
 * repositories and credentials in the folder, which is that of a `ControlPlane` or of the test.
 *
 * @throws {Error} where there is no helm, and none can be built.
 */
export async function createHelm(
  { kubeconfig = "/dev/null", folder: home }: { kubeconfig?: string; folder: string },
): Promise<Helm> {
  const command = await helmBinary();
  return async (args, options = {}) => {
    const values = options.values && `${home}/values-${crypto.randomUUID()}.json`;
    if (values) await Deno.writeTextFile(values, JSON.stringify(options.values));
    const { code, stdout, stderr } = await new Deno.Command(command, {
      args: [...args, ...values ? ["--values", values] : []],
      cwd: options.folder ?? home,
      clearEnv: true,
      env: { HOME: home, PATH: "/usr/bin:/bin", KUBECONFIG: options.kubeconfig ?? kubeconfig },
      stdin: "null",
    }).output();
    if (values) await Deno.remove(values);
    const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    if (options.check !== false && code !== 0) {
      throw new Error(`"helm ${args.join(" ")}" ended with ${code}: ${err}`);
    }
    return { stdout: out!, stderr: err!, code };
  };
}
