import { freePort } from "../../conformance/free_port.ts";
import { startSupervisedProgram } from "../cluster/supervised_program.ts";
import { until } from "../cluster/until.ts";
import { debianProgram } from "./debian_program.ts";

/** The one user of a {@linkcode RegistryServer} with auth. */
export const USER = { username: "ann", password: "secret-password" };
/** `htpasswd -nbBC 4`: the registry knows bcrypt only. */
const HTPASSWD = "ann:$2y$04$rVvygByRsyqSxLh/d5k1/ODdNw4/j5wnE3S2rkamMoCaSsAkGlKFe\n";

/** Debian's docker-registry, on this machine. */
export interface RegistryServer extends AsyncDisposable {
  /** `127.0.0.1:<port>`. */
  readonly host: string;
  kill(): Promise<void>;
  /** Starts it again, at the same port and with what it held. */
  start(): Promise<void>;
}

/** Options of {@linkcode registryServer}. */
export interface RegistryServerOptions {
  auth?: "none" | "basic" | { realm: string; service: string; issuer: string; certificate: string };
  tls?: { cert: string; key: string };
}

/** Starts a registry with an empty storage; it is gone with the test. */
export async function registryServer(
  { auth = "none", tls }: RegistryServerOptions = {},
): Promise<RegistryServer> {
  const command = await debianProgram({
    name: "docker-registry",
    path: "/usr/bin/docker-registry",
  });
  const folder = await Deno.makeTempDir({ prefix: "genkitd-registry-" });
  const write = async (name: string, text: string) => {
    await Deno.writeTextFile(`${folder}/${name}`, text);
    return `${folder}/${name}`;
  };
  const port = freePort("127.0.0.1");
  const host = `127.0.0.1:${port}`;
  const config = {
    version: 0.1,
    log: { level: "warn" },
    storage: { filesystem: { rootdirectory: `${folder}/data` }, delete: { enabled: true } },
    http: {
      addr: host,
      ...tls && {
        tls: {
          certificate: await write("tls.crt", tls.cert),
          key: await write("tls.key", tls.key),
        },
      },
    },
    ...auth === "basic" && {
      auth: { htpasswd: { realm: "test", path: await write("htpasswd", HTPASSWD) } },
    },
    ...typeof auth === "object" && {
      auth: {
        token: {
          realm: auth.realm,
          service: auth.service,
          issuer: auth.issuer,
          rootcertbundle: await write("issuer.crt", auth.certificate),
        },
      },
    },
  };
  const file = await write("config.yml", JSON.stringify(config));
  const log = `${folder}/log`;
  let program: ReturnType<typeof startSupervisedProgram>;
  const start = async () => {
    program = startSupervisedProgram({ command, args: ["serve", file], log, folder });
    await until(program, async () => {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    });
  };
  await start();
  const kill = () => program.kill();
  return {
    host,
    kill,
    start,
    async [Symbol.asyncDispose]() {
      await kill();
      await Deno.remove(folder, { recursive: true });
    },
  };
}
