/** What kubectl answered. */
export interface KubectlResult {
  stdout: string;
  stderr: string;
  code: number;
}

/** How kubectl is called. */
export interface KubectlOptions {
  /** What it reads from its input: a text, or objects, which are sent as a List. */
  input?: string | readonly object[] | undefined;
  /** False gives a failure back instead of throwing it; true where absent. */
  check?: boolean | undefined;
  /** Another kubeconfig than the administrator's. */
  kubeconfig?: string | undefined;
  /** The folder that it runs in. */
  folder?: string | undefined;
}

/** Runs kubectl with the given arguments. Throws an Error with its stderr where it fails. */
export type Kubectl = (args: string[], options?: KubectlOptions) => Promise<KubectlResult>;

/** Gives the kubectl of one cluster; it keeps its caches in `home`. */
export function createKubectl(
  { command, kubeconfig, home }: { command: string; kubeconfig: string; home: string },
): Kubectl {
  return async (args, options = {}) => {
    const process = new Deno.Command(command, {
      args,
      cwd: options.folder ?? home,
      clearEnv: true,
      env: { HOME: home, PATH: "/usr/bin:/bin", KUBECONFIG: options.kubeconfig ?? kubeconfig },
      stdin: options.input === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const [output] = await Promise.all([
      process.output(),
      options.input === undefined ? undefined : write(process.stdin, textOf(options.input)),
    ]);
    const result = {
      stdout: new TextDecoder().decode(output.stdout),
      stderr: new TextDecoder().decode(output.stderr),
      code: output.code,
    };
    if (options.check !== false && result.code !== 0) {
      throw new Error(`"kubectl ${args.join(" ")}" ended with ${result.code}: ${result.stderr}`);
    }
    return result;
  };
}

function textOf(input: string | readonly object[]): string {
  if (typeof input === "string") return input;
  return JSON.stringify({ apiVersion: "v1", kind: "List", items: input });
}

/** Writes all of the text; a program that ended before it read it says why by itself. */
async function write(stdin: WritableStream<Uint8Array>, text: string): Promise<void> {
  await ReadableStream.from([new TextEncoder().encode(text)]).pipeTo(stdin).catch(() => {});
}
