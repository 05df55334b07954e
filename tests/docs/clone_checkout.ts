import { ROOT } from "../../tasks/checkout.ts";

/**
 * Clones this checkout as somebody who downloads it would, but with the changes that are not
 * committed yet: what is tested is what stands here. They are a commit of the clone, so that
 * `git checkout` there brings them back.
 */
export async function cloneCheckout(folder: string): Promise<void> {
  await sh('git clone --quiet --no-hardlinks "$0" "$1"', ROOT, folder);
  await sh(
    `cd "$0"
git ls-files --deleted -z | (cd "$1" && xargs -0 --no-run-if-empty rm --)
git ls-files --modified --others --exclude-standard -z |
  while IFS= read -r -d '' file; do
    if [ -e "$file" ]; then mkdir -p "$1/$(dirname "$file")" && cp -P "$file" "$1/$file"; fi
  done
cd "$1"
git add --all
git -c user.name=Ann -c user.email=ann@example.com -c commit.gpgsign=false \\
  commit --quiet --allow-empty --message 'What is not committed yet'`,
    ROOT,
    folder,
  );
}

async function sh(script: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("bash", {
    args: ["-euo", "pipefail", "-c", script, ...args],
    env: { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`Cannot clone the checkout: ${new TextDecoder().decode(stderr)}`);
}
