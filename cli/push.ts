import type { Command } from "commander";
import { addCommandFacts } from "./command_facts.ts";
import { collect } from "./collect.ts";
import type { PushOptions } from "../shared/sources/oci/push_objects.ts";
import { readStdin } from "./read_stdin.ts";
import { addResourcesFlag } from "./resources_flag.ts";
import { terminal } from "./terminal.ts";
import { UsageError } from "./usage_error.ts";

/** The flags of `genkitd push`, as they were given. */
export interface PushFlags {
  username?: string;
  passwordStdin?: boolean;
  dockerConfig?: string;
  insecure?: boolean;
  ca?: string;
  tokenHost?: string;
  annotation: string[];
  resources: string[];
  includeSecrets?: boolean;
}

/** Adds description, flags and action of `genkitd push`. */
export function define(command: Command): void {
  addResourcesFlag(command)
    .description(
      "Pushes the object files of a folder to a registry, as an OCI artifact that genkitd serve\n" +
        "reads. The same files give the same digest. Files with problems are not pushed.",
    )
    .argument("<URL>", "where to, such as oci://registry.example/team/flows:v1")
    .argument("<PATH>", "a folder, whose .yaml, .yml and .json files are taken, or one file")
    .option("--username <name>", "the user's name, with --password-stdin")
    .option("--password-stdin", "read the password from standard input")
    .option(
      "--docker-config <file>",
      "a config.json of Docker with credentials (default: Docker's)",
    )
    .option("--ca <file>", "certificates in PEM that are trusted besides the usual ones")
    .option("--insecure", "use http without TLS; to this machine it is used where there is no TLS")
    .option("--token-host <host>", "the host that gives tokens, where that is not the registry")
    .option(
      "--annotation <key=value>",
      "an annotation of the artifact; may be repeated",
      collect,
      [],
    )
    .option("--include-secrets", "push Secrets with their values, for all who may pull")
    .addHelpText(
      "after",
      `
Examples:
  genkitd push oci://ghcr.io/team/flows:v1.2.0 flows/
  genkitd push oci://localhost:5000/flows:dev flows/     a registry on this machine, without TLS
  genkitd push oci://registry.example/flows:v1 flows/ --username ann --password-stdin
  genkitd push oci://ghcr.io/team/flows:v1 flows/ --annotation com.example.team=flows

Credentials are those of docker login, where no others are given; credential helpers are not run.
Then sign it, if you like: cosign sign --key cosign.key ghcr.io/team/flows@sha256:…`,
    )
    .action(async (url: string, path: string, flags: PushFlags) => {
      const options = pushOptions(url, path, flags);
      const { pushObjects } = await import("../shared/sources/oci/push_objects.ts");
      const password = flags.passwordStdin ? await readStdin(64 * 1024) : undefined;
      const pushed = await pushObjects({
        ...options,
        ...password !== undefined && { password: password.replace(/\r?\n$/, "") },
        environment: (key) => Deno.env.get(key),
        warn: (text) => terminal.stderr(`${text}\n`),
      });
      const files = pushed.files === 1 ? "1 file" : `${pushed.files} files`;
      terminal.stdout(
        `Pushed ${pushed.url} with ${files}, ${pushed.size} bytes\nDigest: ${pushed.digest}\n`,
      );
    });
  addCommandFacts(command, {
    environment: { DOCKER_CONFIG: "the folder of Docker's config.json; else ~/.docker" },
    exitCodes: {
      0: "it is pushed",
      1: "it is not: the files have problems, or the registry refuses",
      2: "arguments that cannot be understood",
    },
  });
}

/**
 * Reads the flags.
 *
 * @throws {UsageError} where they do not go together.
 */
export function pushOptions(
  url: string,
  path: string,
  flags: PushFlags,
): Omit<PushOptions, "environment" | "warn"> {
  if (flags.username !== undefined && !flags.passwordStdin) {
    throw new UsageError("--username", flags.username, "beside --password-stdin");
  }
  if (flags.passwordStdin && flags.username === undefined) {
    throw new UsageError("--password-stdin", "true", "beside --username");
  }
  const annotations: Record<string, string> = {};
  for (const text of flags.annotation) {
    const [, key, value] = /^([^=\s]+)=(.*)$/s.exec(text) ?? [];
    if (key === undefined) throw new UsageError("--annotation", text, "like key=value");
    annotations[key] = value!;
  }
  return {
    url,
    path,
    annotations,
    username: flags.username,
    dockerConfig: flags.dockerConfig,
    ca: flags.ca,
    tokenHost: flags.tokenHost,
    insecure: flags.insecure ?? false,
    includeSecrets: flags.includeSecrets ?? false,
    resources: flags.resources,
  };
}
