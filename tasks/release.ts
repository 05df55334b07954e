/**
 * Makes the files of a release in dist/release: `deno task release [--target PLATFORM]…`, of all
 * four platforms where none is named. An archive a platform with the program, the licenses, and the
 * README; the bill of materials; the provenance; and the SHA-256 sums of all of them.
 */
import { VERSION } from "../shared/version.ts";
import { ROOT } from "./checkout.ts";
import { compile } from "./compile.ts";
import { readTargets } from "./platforms.ts";
import { ensureProgramBundle } from "./program_bundle.ts";
import { provenance, type Subject } from "./provenance.ts";
import { releaseArchive } from "./release_archive.ts";
import { sbom } from "./sbom.ts";

const DIST = `${ROOT}dist/release`;

/**
 * Makes the files of a release of these platforms in a folder, and gives their names.
 *
 * @param compiled Gives the path of the program for a platform.
 * @throws {Error} where a program cannot be compiled, or the checkout has no commit.
 */
export async function release(
  platforms: readonly string[],
  { folder = DIST, compiled = compile }: {
    folder?: string;
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
  await add(`genkitd-${VERSION}.cdx.json`, encode(bill));
  const made = [...subjects];
  await add(
    `genkitd-${VERSION}.provenance.json`,
    encode(provenance({
      version: VERSION,
      commit: await headCommit(),
      deno,
      lock: await sha256(encode(lock)),
      subjects: made,
    })),
  );
  const sums = subjects.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join("");
  await Deno.writeTextFile(`${folder}/SHA256SUMS`, sums);
  return [...subjects.map(({ name }) => name), "SHA256SUMS"];
}

async function headCommit(): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("git", {
    args: ["rev-parse", "HEAD"],
    cwd: ROOT,
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  if (success) return text(stdout);
  throw new Error(`Cannot tell the commit of this checkout: ${text(stderr)}`);
}

async function sha256(content: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", content as Uint8Array<ArrayBuffer>);
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

if (import.meta.main) {
  try {
    const args = Deno.args.length > 0 ? Deno.args : ["--target", "all"];
    for (const name of await release(readTargets(args))) console.log(`dist/release/${name}`);
  } catch (error) {
    console.error((error as Error).message);
    Deno.exit(1);
  }
}
