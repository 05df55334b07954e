/** What genkitd is released for: the platform's name in an archive to that of its target in Deno. */
export const PLATFORMS: Readonly<Record<string, string>> = {
  "linux-amd64": "x86_64-unknown-linux-gnu",
  "linux-arm64": "aarch64-unknown-linux-gnu",
  "darwin-amd64": "x86_64-apple-darwin",
  "darwin-arm64": "aarch64-apple-darwin",
};

/** Gives the platform of this machine. */
export function ownPlatform(): string {
  const own = Object.entries(PLATFORMS).find(([, target]) => target === Deno.build.target);
  if (own !== undefined) return own[0];
  throw new Error(
    `This machine is "${Deno.build.target}", should be one of ${
      Object.values(PLATFORMS).join(", ")
    }`,
  );
}

/**
 * Gives the platforms that are named by `--target`, as an archive or as Deno names them; this
 * machine's where none is, all for `all`.
 *
 * @throws {Error} where one is not known.
 */
export function readTargets(args: readonly string[]): string[] {
  const names: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const [, inline] = /^--target=(.*)$/.exec(args[at]!) ?? [];
    if (inline === undefined && args[at] !== "--target") {
      throw new Error(`Cannot read "${args[at]}", it should be --target`);
    }
    const value = inline ?? args[++at] ?? "";
    if (value === "all") return Object.keys(PLATFORMS);
    const name = Object.keys(PLATFORMS).find((name) => value === name || value === PLATFORMS[name]);
    if (name === undefined) {
      const known = [...Object.keys(PLATFORMS), "all"].join(", ");
      throw new Error(`--target is "${value}", it should be one of ${known}`);
    }
    names.push(name);
  }
  return names.length > 0 ? names : [ownPlatform()];
}
