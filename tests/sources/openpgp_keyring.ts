import { command, type GitRepository } from "./git_repository.ts";

/** What of the world is other for one call of gpg. */
export interface GpgOptions {
  /** What time it thinks it is, such as `20200101T000000`. */
  at?: string;
}

/** A key ring of GnuPG for a test; its agent ends with it. */
export interface OpenpgpKeyring extends AsyncDisposable {
  /** Runs gpg, and gives what it prints. */
  gpg(args: string[], options?: GpgOptions): Promise<string>;
  /** Makes a key without a passphrase, and gives its fingerprint. */
  generate(name: string, algorithm: string, options?: GpgOptions): Promise<string>;
  /** Revokes a key, for no reason. */
  revoke(fingerprint: string): Promise<void>;
  /** Changes a key by the commands and answers of `gpg --edit-key`. */
  edit(fingerprint: string, commands: string[]): Promise<void>;
  /** Gives the armored public key, as gpg exports it. */
  publicKey(name: string): Promise<string>;
  /** Lets `git commit` sign with a key, with more arguments for gpg. */
  signWith(repository: GitRepository, key: string, ...args: string[]): Promise<void>;
}

const QUIET = ["--batch", "--yes", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""];

/**
 * Makes an empty key ring.
 *
 * @throws {Error} where gpg is missing, with how to get it.
 */
export async function openpgpKeyring(): Promise<OpenpgpKeyring> {
  // The path of the agent's socket is in it, and must be short.
  const home = await Deno.makeTempDir({ prefix: "gpg-" });
  const env = { GNUPGHOME: home };
  const gpg: OpenpgpKeyring["gpg"] = async (args, { at } = {}) => {
    const time = at === undefined ? [] : ["--faked-system-time", `${at}!`];
    const output = await command("gpg", { args: [...QUIET, ...time, ...args], env });
    const [out, err] = [output.stdout, output.stderr].map((bytes) =>
      new TextDecoder().decode(bytes)
    );
    if (!output.success) throw new Error(`gpg ${args.join(" ")}: ${err}`);
    return out!;
  };
  return {
    gpg,
    async generate(name, algorithm, options) {
      const usage = algorithm === "cert-only" ? "cert" : "sign";
      const kind = algorithm === "cert-only" ? "ed25519" : algorithm;
      await gpg(["--quick-generate-key", name, kind, usage, "never"], options);
      const list = await gpg(["--with-colons", "--list-keys", name]);
      return /^fpr:+([0-9A-F]{40}):/m.exec(list)![1]!;
    },
    async revoke(fingerprint) {
      // gpg writes it with each key, and a colon in it lest it be taken by mistake.
      const file = `${home}/openpgp-revocs.d/${fingerprint}.rev`;
      const text = await Deno.readTextFile(file);
      await Deno.writeTextFile(file, text.replace(":-----BEGIN", "-----BEGIN"));
      await gpg(["--import", file]);
    },
    async edit(fingerprint, commands) {
      const file = `${home}/commands`;
      await Deno.writeTextFile(file, commands.map((line) => `${line}\n`).join(""));
      const args = ["--no-tty", "--quiet", "--command-file", file, "--edit-key", fingerprint];
      const { success, stderr } = await command("gpg", { args, env });
      if (!success) throw new Error(`gpg ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
    },
    publicKey: (name) => gpg(["--armor", "--export", name]),
    async signWith(repository, key, ...args) {
      const program = `${home}/sign`;
      const words = [...QUIET, ...args].map((word) => `'${word}'`).join(" ");
      await Deno.writeTextFile(
        program,
        `#!/bin/sh\nGNUPGHOME='${home}' exec gpg ${words} "$@"\n`,
      );
      await Deno.chmod(program, 0o755);
      await repository.git("config", "gpg.format", "openpgp");
      await repository.git("config", "gpg.program", program);
      await repository.git("config", "user.signingKey", key);
      await repository.git("config", "commit.gpgSign", "true");
    },
    async [Symbol.asyncDispose]() {
      await command("gpgconf", { args: ["--kill", "all"], env });
      await Deno.remove(home, { recursive: true });
    },
  };
}
