import { freePort } from "../../conformance/free_port.ts";
import { halt } from "./halt.ts";
import {
  startSupervisedProgram,
  type SupervisedProgram,
  type SupervisedProgramOptions,
} from "./supervised_program.ts";
import { until } from "./until.ts";

/** A running HTTPS server of a control plane. */
export interface SecureServer {
  readonly url: string;
  /** The certificate that its own is signed with, as PEM. */
  readonly ca: string;
  /** Halts it: connections stay open and nothing is answered. */
  pause(): Promise<void>;
  resume(): void;
  kill(): Promise<void>;
  /** Starts it again, at the same port; resolves when it is ready. */
  start(): Promise<void>;
}

/** How a server is started, and how it is known to be ready. */
export interface SecureServerOptions {
  /** The program, for a port that is free. */
  program: (port: number) => SupervisedProgramOptions;
  address: string;
  /** The file that the server writes its certificate to, and then the one that it is signed with. */
  certificate: string;
  /** The paths that all answer 200 when the server is ready. */
  readyPaths: readonly string[];
  /** The token that goes with the question. */
  token?: string | undefined;
}

/**
 * Starts a server at a free port; resolves when it is ready. Throws an Error where it ends too early
 * for another reason than that its port was taken meanwhile.
 */
export async function startSecureServer(options: SecureServerOptions): Promise<SecureServer> {
  for (let attempt = 1;; attempt++) {
    const port = freePort(options.address);
    const url = `https://${options.address}:${port}`;
    let program = startSupervisedProgram(options.program(port));
    try {
      const ca = await ready(program, url, options);
      return {
        url,
        ca,
        pause: () => halt(program.pid),
        resume: () => program.signal("SIGCONT"),
        kill: () => program.kill(),
        start: async () => {
          program = startSupervisedProgram(options.program(port));
          await ready(program, url, options);
        },
      };
    } catch (error) {
      await program.kill();
      if (attempt === 5 || !/address already in use/.test(`${error}`)) throw error;
    }
  }
}

/** Waits until the server is ready, and gives the certificate to trust. */
function ready(
  program: SupervisedProgram,
  url: string,
  { certificate, readyPaths, token }: SecureServerOptions,
): Promise<string> {
  return until(program, async () => {
    const ca = issuer(await Deno.readTextFile(certificate));
    using client = Deno.createHttpClient({ caCerts: [ca] });
    for (const path of readyPaths) {
      const response = await fetch(url + path, {
        client,
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(5_000),
      });
      await response.body?.cancel();
      if (!response.ok) throw new Error(`${path} answers ${response.status}`);
    }
    return ca;
  });
}

/** The last certificate of a chain; the server's own comes first. */
function issuer(chain: string): string {
  const certificates = chain.match(
    /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----\n/g,
  );
  if (certificates?.length !== 2) {
    throw new Error("The certificate is not written yet");
  }
  return certificates[1]!;
}
