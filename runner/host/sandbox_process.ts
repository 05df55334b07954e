import { fileURLToPath } from "node:url";
import { confinedCommand } from "./confined_command.ts";
import { NEVER_REACHED } from "./never_reached.ts";

/** A running sandbox process, as its supervisor sees it. */
export interface SandboxProcess {
  readonly stdin: WritableStream<Uint8Array>;
  readonly stdout: ReadableStream<Uint8Array>;
  /** Resolves when the process has ended, with why, in words for a person. Never rejects. */
  readonly ended: Promise<string>;
  /** Ends the process at once; a spinning one as well. */
  kill(): void;
}

/** What a sandbox may do and use. */
export interface SandboxLimits {
  /** The hosts that it can reach, as `host:port`; nothing else is reachable. */
  hosts: readonly string[];
  /** V8's old-space limit, in MiB. */
  heapMegabytes: number;
}

/** This machine, refused unless a host names it: a public name must not lead back into the pod. */
const LOOPBACK = ["127.0.0.0/8", "0.0.0.0", "[::1]", "[::]", "[::ffff:127.0.0.1]"];

/** Variables of the Deno runtime itself that a sandbox keeps. Its code cannot read them. */
const ENVIRONMENT = [
  "DENO_CERT",
  "DENO_TLS_CA_STORE",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "DENO_DIR",
  "HOME",
];

/**
 * The arguments with which a sandbox's Deno is started: no permission but its hosts, no module from
 * outside, a heap of its own. The rules hold for the addresses that a name resolves to as well.
 *
 * Deno's Web Storage and Cache API need no permission, and keep what they are given below DENO_DIR,
 * under the program's path: all sandboxes would share it. Under a location it is kept under that, so
 * `name` is a new one for each process.
 */
export function sandboxArguments(
  worker: string,
  { hosts, heapMegabytes }: SandboxLimits,
  name: string = crypto.randomUUID(),
): string[] {
  const deny = hosts.some(isLoopback) ? NEVER_REACHED : [...NEVER_REACHED, ...LOOPBACK];
  return [
    "run",
    "--quiet",
    "--no-prompt",
    "--no-config",
    "--no-lock",
    "--no-remote",
    "--no-npm",
    "--cached-only",
    `--location=http://${name}.invalid/`,
    ...hosts.length > 0 ? [`--allow-net=${hosts.join(",")}`, `--deny-net=${deny.join(",")}`] : [],
    // V8's own 16 MiB of young generation keep memory that is not needed; with 2 MiB calls that go on
    // at the same time grow old in it, and collecting them costs a third of the time at 64 in flight.
    `--v8-flags=--max-old-space-size=${heapMegabytes},--max-semi-space-size=8`,
    worker,
  ];
}

/** Starts a sandbox: a process of this program's own Deno, or of this program if it is compiled. */
export function startSandbox(limits: SandboxLimits, worker: string): SandboxProcess {
  const { args, env } = Deno.build.standalone
    ? confinedCommand(limits)
    : { args: sandboxArguments(worker, limits), env: {} };
  const child = new Deno.Command(Deno.execPath(), {
    args,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    clearEnv: true,
    env: { ...runtimeEnvironment(), ...env },
  }).spawn();
  const failure = lastWords(child.stderr);
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    ended: child.status.then(async ({ code, signal }) => describeEnd(code, signal, await failure)),
    kill() {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended already.
      }
    },
  };
}

/**
 * Gives the path of the sandbox's program, which `deno task bundle` makes of sandbox_worker.ts: in
 * a bundle it is beside this code, in a checkout in dist.
 *
 * @throws {Error} where it is in neither place.
 */
export async function sandboxWorker(): Promise<string> {
  const places = ["./sandbox/sandbox_worker.js", "../../dist/sandbox/sandbox_worker.js"]
    .map((place) => fileURLToPath(new URL(place, import.meta.url)));
  for (const path of places) {
    if (await exists(path)) return path;
  }
  throw new Error(
    `Cannot start a sandbox: its program is neither at "${places[0]}" nor at "${places[1]}"; ` +
      "run deno task bundle",
  );
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch {
    return false;
  }
}

function runtimeEnvironment(): Record<string, string> {
  const kept = ENVIRONMENT.map((name) => [name, Deno.env.get(name)] as const);
  const set = kept.filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { ...Object.fromEntries(set), DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" };
}

function isLoopback(host: string): boolean {
  return /^(localhost|[^:]+\.localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/i.test(host);
}

/** The end of what a process said on standard error, at most 4 KiB. */
async function lastWords(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  for await (const part of stream.pipeThrough(new TextDecoderStream())) {
    text = (text + part).slice(-4096);
  }
  return text;
}

/**
 * Says why a process ended. What it said itself is read for known causes only, and never repeated:
 * it may hold a prompt or a key.
 */
function describeEnd(code: number, signal: string | null, words: string): string {
  if (
    /heap out of memory|Reached heap limit|CodeRange|Fatal JavaScript out of memory/.test(words)
  ) {
    return "it ran out of memory";
  }
  if (/Module not found/.test(words)) return "its program is missing: run `deno task bundle`";
  if (signal !== null) return `it was ended by ${signal}`;
  return `it ended with exit code ${code}`;
}
