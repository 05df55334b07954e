import { readLines } from "../../runner/host/json_lines.ts";
import { sandboxArguments } from "../../runner/host/sandbox_process.ts";
import type { CallMessage, FromSandbox, LoadMessage } from "../../runner/host/sandbox_messages.ts";
import { ensureSandboxBundle } from "../../tasks/bundle.ts";

/** A message of one type. */
type Message<T extends FromSandbox["type"]> = Extract<FromSandbox, { type: T }>;

/** A running sandbox: the real program, bundled, with the real flags. */
export interface SandboxDriver extends AsyncDisposable {
  /** Sends any value as a line. */
  say(message: unknown): void;
  /** Sends text as it is. */
  sayRaw(text: string): Promise<void>;
  /** Takes the next message of these types that no one took yet. */
  next<T extends FromSandbox["type"]>(...types: T[]): Promise<Message<T>>;
  /** All messages so far. */
  readonly said: FromSandbox[];
  load(message: Omit<LoadMessage, "type">): Promise<Message<"loaded" | "refused">>;
  /** Makes a call and gives its answer. */
  call(message: Omit<CallMessage, "type">): Promise<Message<"result" | "error">>;
  kill(signal: Deno.Signal): void;
  /** Ends its input. */
  end(): Promise<void>;
  /** What it printed on standard error. */
  errors: Promise<string>;
  ended: Promise<Deno.CommandStatus>;
}

/** Starts a sandbox that reaches `hosts`, and waits until it is ready. */
export async function startSandboxDriver(hosts: string[] = []): Promise<SandboxDriver> {
  const { entry } = await ensureSandboxBundle();
  const child = new Deno.Command(Deno.execPath(), {
    args: sandboxArguments(entry, { hosts, heapMegabytes: 64 }),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    clearEnv: true,
    env: { HOME: Deno.env.get("HOME") ?? "/tmp", SECRET: "of the environment" },
  }).spawn();
  const errors = new Response(child.stderr).text();
  const writer = child.stdin.getWriter();
  const sayRaw = (text: string) => writer.write(new TextEncoder().encode(text));
  // A line to a sandbox that has ended is lost; its end is what the test sees.
  const say = (message: unknown) => void sayRaw(JSON.stringify(message) + "\n").catch(() => {});

  const said: FromSandbox[] = [];
  const taken = new Set<FromSandbox>();
  let changed = Promise.withResolvers<void>();
  let over = false;
  const reading = (async () => {
    for await (const line of readLines(child.stdout, 1e9)) {
      said.push(JSON.parse(line));
      changed.resolve();
      changed = Promise.withResolvers();
    }
    over = true;
    changed.resolve();
  })();
  const take = async <M extends FromSandbox>(is: (message: FromSandbox) => message is M) => {
    for (;;) {
      const message = said.find((message): message is M => !taken.has(message) && is(message));
      if (message !== undefined) {
        taken.add(message);
        return message;
      }
      if (over) throw new Error(`The sandbox has ended: ${await errors}`);
      await changed.promise;
    }
  };

  const driver: SandboxDriver = {
    said,
    errors,
    ended: child.status,
    say,
    sayRaw,
    next: <T extends FromSandbox["type"]>(...types: T[]) =>
      take((message): message is Message<T> => types.includes(message.type as T)),
    load(message) {
      say({ type: "load", ...message });
      return take((answer): answer is Message<"loaded" | "refused"> =>
        (answer.type === "loaded" || answer.type === "refused") && answer.flow === message.flow
      );
    },
    call(message) {
      say({ type: "call", ...message });
      return take((answer): answer is Message<"result" | "error"> =>
        (answer.type === "result" || answer.type === "error") && answer.call === message.call
      );
    },
    kill: (signal) => child.kill(signal),
    end: () => writer.close(),
    async [Symbol.asyncDispose]() {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended already.
      }
      await Promise.all([child.status, reading, errors, writer.abort().catch(() => {})]);
    },
  };
  await driver.next("ready");
  return driver;
}
