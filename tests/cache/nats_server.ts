import { freePort } from "../../conformance/free_port.ts";
import { startSupervisedProgram } from "../cluster/supervised_program.ts";
import { until } from "../cluster/until.ts";
import { debianProgram } from "../sources/debian_program.ts";
import type { Certificate } from "../sources/private_authority.ts";

/** Debian's nats-server with JetStream, on this machine. */
export interface NatsServer extends AsyncDisposable {
  readonly url: string;
  signal(signal: Deno.Signal): void;
  kill(): Promise<void>;
  /** Starts it again, at the same port and with what it held. */
  start(): Promise<void>;
}

/**
 * Starts a server with an empty store; it is gone with the test.
 *
 * @param options `config` is NATS' own; with a certificate TLS is asked for.
 */
export async function natsServer(
  { config = "", tls }: { config?: string; tls?: Certificate } = {},
): Promise<NatsServer> {
  const command = await debianProgram({ name: "nats-server", path: "/usr/sbin/nats-server" });
  const folder = await Deno.makeTempDir({ prefix: "genkitd-nats-" });
  const port = freePort("127.0.0.1");
  const file = `${folder}/nats.conf`;
  const lines = [
    `listen: "127.0.0.1:${port}"`,
    `jetstream { store_dir: "${folder}/data" }`,
    config,
  ];
  if (tls !== undefined) {
    await Deno.writeTextFile(`${folder}/tls.crt`, tls.cert);
    await Deno.writeTextFile(`${folder}/tls.key`, tls.key);
    lines.push(`tls { cert_file: "${folder}/tls.crt", key_file: "${folder}/tls.key" }`);
  }
  await Deno.writeTextFile(file, lines.join("\n"));
  const log = `${folder}/log`;
  let program: ReturnType<typeof startSupervisedProgram>;
  const start = async () => {
    program = startSupervisedProgram({ command, args: ["-c", file], log, folder });
    await until(program, async () => {
      const connection = await Deno.connect({ hostname: "127.0.0.1", port });
      // It greets when it is ready for clients.
      const greeting = new Uint8Array(5);
      const read = await connection.read(greeting);
      connection.close();
      if (read === null) throw new Error("it hangs up");
    });
  };
  await start();
  return {
    url: `nats://127.0.0.1:${port}`,
    signal: (signal) => program.signal(signal),
    kill: () => program.kill(),
    start,
    async [Symbol.asyncDispose]() {
      program.signal("SIGCONT");
      await program.kill();
      await Deno.remove(folder, { recursive: true });
    },
  };
}
