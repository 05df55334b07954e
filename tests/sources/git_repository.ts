import { dirname } from "node:path";

/** What a commit changes: texts by path; null removes, `{link}` makes a symbolic link. */
export type Changes = Record<string, string | Uint8Array | { link: string } | null>;

/** A repository of a test, with a work tree; removed at the end. */
export interface GitRepository extends AsyncDisposable {
  /** The folder that holds `flows.git`, for a server. */
  readonly folder: string;
  /** Runs git in the work tree, and gives what it prints. */
  git(...args: string[]): Promise<string>;
  /** Makes a commit, and gives its id. */
  commit(changes: Changes): Promise<string>;
}

/**
 * Makes an empty repository with the branch main.
 *
 * @throws {Error} where git is missing, with how to get it.
 */
export async function gitRepository(): Promise<GitRepository> {
  const folder = await Deno.makeTempDir({ prefix: "genkitd-git-" });
  const work = `${folder}/work`;
  const git = async (...args: string[]) => (await runGit(["-C", work, ...args])).trimEnd();
  await runGit(["init", "-q", "-b", "main", `--separate-git-dir=${folder}/flows.git`, work]);
  for (
    const [key, value] of [
      ["user.name", "Ann"],
      ["user.email", "ann@example.com"],
      ["commit.gpgsign", "false"],
      // Else a commit may leave a process behind that writes into a folder that is being removed.
      ["maintenance.auto", "false"],
      ["uploadpack.allowFilter", "true"],
    ] as const
  ) await git("config", key, value);
  return {
    folder,
    git,
    async commit(changes) {
      for (const [path, change] of Object.entries(changes)) {
        const file = `${work}/${path}`;
        await Deno.mkdir(dirname(file), { recursive: true });
        await Deno.remove(file).catch(() => {});
        if (change === null) continue;
        if (typeof change === "string") await Deno.writeTextFile(file, change);
        else if (change instanceof Uint8Array) await Deno.writeFile(file, change);
        else await Deno.symlink(change.link, file);
      }
      await git("add", "-A");
      await git("commit", "-q", "--allow-empty", "-m", "A change");
      return await git("rev-parse", "HEAD");
    },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** Keeps the machine's own settings of git out of the tests. */
export const GIT_ENVIRONMENT = {
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_SYSTEM: "/dev/null",
  GIT_TERMINAL_PROMPT: "0",
};

async function runGit(args: string[]): Promise<string> {
  const { success, stdout, stderr } = await command("git", { args, env: GIT_ENVIRONMENT });
  if (!success) throw new Error(`git ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

/**
 * Runs a program of Debian's packages git, gnupg, openssl or openssh-client; says so where it is
 * missing.
 */
export async function command(
  program: string,
  options: Deno.CommandOptions,
): Promise<Deno.CommandOutput> {
  try {
    return await new Deno.Command(program, { stdin: "null", ...options }).output();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(
      `Cannot run "${program}", which only these tests need: apt-get install git gnupg ` +
        "openssl openssh-client",
    );
  }
}
