/**
 * Makes the files of a release in dist/release: `deno task release [--target PLATFORM]…`, of all
 * four platforms where none is named. An archive a platform with the program, the licenses, and the
 * README; the Helm chart and its index.yaml, with the versions of that of `--previous-index FILE`;
 * the bill of materials; the provenance; and the SHA-256 sums of all of them.
 */
import { VERSION } from "../shared/version.ts";
import { ROOT } from "./checkout.ts";
import { compile } from "./compile.ts";
import { readTargets } from "./platforms.ts";
import { ensureProgramBundle } from "./program_bundle.ts";
import { provenance, type Subject } from "./provenance.ts";
import { releaseArchive } from "./release_archive.ts";
import { releaseChart } from "./release_chart.ts";
import { sbom } from "./sbom.ts";
import { sha256 } from "./sha256.ts";

const DIST = `${ROOT}dist/release`;

/**
 * Makes the files of a release of these platforms in a folder, and gives their names.
 *
 * @param compiled Gives the path of the program for a platform.
 * @param previousIndex The text of the last release's index.yaml, where there is one.
 * @throws {Error} where a program cannot be compiled, or the checkout has no commit.
 */
export async function release(
  platforms: readonly string[],
  { folder = DIST, compiled = compile, previousIndex }: {
    folder?: string;
    previousIndex?: string | undefined;
    compiled?: (platform: string) => Promise<string>;
  } = {},
): Promise<string[]> {
  const bundle = await ensureProgramBundle();
  const lock = await Deno.readTextFile(`${ROOT}deno.lock`);
  await Deno.remove(folder, { recursive: true }).catch(() => {});
  await Deno.mkdir(folder, { recursive: true });
  const subjects: Subject[] = [];
  const add = async (name: string, content: Uint8Array) => {
    await Deno.writeFile(`${folder}/${name}`, content);
    subjects.push({ name, sha256: await sha256(content) });
  };
  const deno = Deno.version.deno;
  const bill = await sbom({ version: VERSION, deno, packages: bundle.packages, lock });
  const beside = await Promise.all([
    ["LICENSE", `${ROOT}LICENSE`],
    ["README.md", `${ROOT}README.md`],
    ["THIRD_PARTY_LICENSES", `${bundle.folder}/THIRD_PARTY_LICENSES`],
  ].map(async ([name, path]) => ({ name: name!, content: await Deno.readFile(path!) })));
  for (const platform of platforms) {
    const program = await Deno.readFile(await compiled(platform));
    const files = [{ name: "genkitd", content: program, executable: true }, ...beside];
    await add(`genkitd-${platform}-${VERSION}.tar.gz`, await releaseArchive(files));
  }
  const head = await headCommit();
  for (const { name, content } of await releaseChart({ created: head.time, previousIndex })) {
    await add(name, content);
  }
  await add(`genkitd-${VERSION}.cdx.json`, encode(bill));
  const made = [...subjects];
  await add(
    `genkitd-${VERSION}.provenance.json`,
    encode(provenance({
      version: VERSION,
      commit: head.commit,
      deno,
      lock: await sha256(encode(lock)),
      subjects: made,
    })),
  );
  const sums = subjects.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join("");
  await Deno.writeTextFile(`${folder}/SHA256SUMS`, sums);
  return [...subjects.map(({ name }) => name), "SHA256SUMS"];
}

async function headCommit(): Promise<{ commit: string; time: string }> {
  const { success, stdout, stderr } = await new Deno.Command("git", {
    args: ["log", "-1", "--format=%H %cI"],
    cwd: ROOT,
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  if (!success) throw new Error(`Cannot tell the commit of this checkout: ${text(stderr)}`);
  const [commit, time] = text(stdout).split(" ");
  return { commit: commit!, time: new Date(time!).toISOString() };
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

if (import.meta.main) {
  try {
    const args = [...Deno.args];
    const at = args.indexOf("--previous-index");
    const previous = at < 0 ? undefined : args.splice(at, 2)[1] ?? "";
    const previousIndex = previous === undefined ? undefined : await Deno.readTextFile(previous);
    const targets = readTargets(args.length > 0 ? args : ["--target", "all"]);
    for (const name of await release(targets, { previousIndex })) {
      console.log(`dist/release/${name}`);
    }
  } catch (error) {
    console.error((error as Error).message);
    Deno.exit(1);
  }
}
