import type { GitRepository } from "./git_repository.ts";

/** Makes main a commit that is another one but for what `change` does to its text. */
export async function rewriteCommit(
  repository: GitRepository,
  oid: string,
  change: (text: string) => string,
): Promise<void> {
  const file = `${repository.folder}/commit`;
  await Deno.writeTextFile(file, change(`${await repository.git("cat-file", "commit", oid)}\n`));
  const other = await repository.git("hash-object", "--literally", "-t", "commit", "-w", file);
  await repository.git("update-ref", "refs/heads/main", other);
}
