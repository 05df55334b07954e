import assert from "assert";
import { VERSION } from "../../shared/version.ts";
import { ROOT } from "../../tasks/checkout.ts";
import { PLATFORMS } from "../../tasks/platforms.ts";
import { ensureProgramBundle } from "../../tasks/program_bundle.ts";
import { release } from "../../tasks/release.ts";

/** Runs a program and gives what it printed. */
async function run(command: string, args: string[], cwd: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args, cwd }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assert.ok(success, text(stderr));
  return text(stdout);
}

Deno.test("release: archives, sums, bill of materials and provenance", async (t) => {
  const work = await Deno.makeTempDir({ prefix: "genkitd-release-" });
  // A program stands for the compiled ones, as not every machine has Deno's runtime for them.
  await Deno.writeTextFile(`${work}/program`, "#!/bin/sh\necho genkitd\n");
  const compiled = () => Promise.resolve(`${work}/program`);
  const folder = `${work}/release`;
  const names = await release(Object.keys(PLATFORMS), { folder, compiled });

  await t.step("there is an archive a platform, by the names that install.md has", () => {
    assert.deepEqual(names, [
      `genkitd-linux-amd64-${VERSION}.tar.gz`,
      `genkitd-linux-arm64-${VERSION}.tar.gz`,
      `genkitd-darwin-amd64-${VERSION}.tar.gz`,
      `genkitd-darwin-arm64-${VERSION}.tar.gz`,
      `genkitd-${VERSION}.tgz`,
      "index.yaml",
      `genkitd-${VERSION}.cdx.json`,
      `genkitd-${VERSION}.provenance.json`,
      "SHA256SUMS",
    ]);
  });

  await t.step("the program comes out of it, and runs", async () => {
    await run("tar", ["-xzf", names[0]!], folder);
    assert.equal(await run(`${folder}/genkitd`, [], folder), "genkitd\n");
    for (const name of ["LICENSE", "README.md", "THIRD_PARTY_LICENSES"]) {
      assert.ok((await Deno.stat(`${folder}/${name}`)).size > 1_000, name);
    }
  });

  await t.step("the sums are right, of every file", async () => {
    const said = await run("sha256sum", ["-c", "SHA256SUMS"], folder);
    assert.equal(said.trim().split("\n").length, names.length - 1);
  });

  await t.step("the bill has every package that is inside, with its hash", async () => {
    const { packages } = await ensureProgramBundle();
    const { bomFormat, specVersion, components, dependencies } = JSON.parse(
      await Deno.readTextFile(`${folder}/genkitd-${VERSION}.cdx.json`),
    );
    assert.deepEqual([bomFormat, specVersion], ["CycloneDX", "1.6"]);
    const libraries = components.filter(({ type }: { type: string }) => type === "library");
    const versions = await Promise.all(packages.map(async (path) => {
      const { name, version } = JSON.parse(await Deno.readTextFile(`${ROOT}${path}/package.json`));
      return `pkg:npm/${name.replace("@", "%40")}@${version}`;
    }));
    assert.deepEqual(
      libraries.map(({ purl }: { purl: string }) => purl).sort(),
      [...new Set(versions)].sort(),
    );
    for (const { hashes, purl } of libraries) {
      assert.match(hashes[0].content, /^[0-9a-f]{128}$/, purl);
    }
    assert.equal(dependencies[0].dependsOn.length, components.length);
    assert.ok(components.some(({ name }: { name: string }) => name === "deno"));
  });

  await t.step("the provenance names the commit and the files by their sums", async () => {
    const { _type, subject, predicate } = JSON.parse(
      await Deno.readTextFile(`${folder}/genkitd-${VERSION}.provenance.json`),
    );
    assert.equal(_type, "https://in-toto.io/Statement/v1");
    const sums = await Deno.readTextFile(`${folder}/SHA256SUMS`);
    for (const { name, digest } of subject) assert.ok(sums.includes(`${digest.sha256}  ${name}\n`));
    assert.equal(subject.length, 7);
    const commit = (await run("git", ["rev-parse", "HEAD"], ROOT)).trim();
    assert.equal(predicate.buildDefinition.resolvedDependencies[0].digest.gitCommit, commit);
  });

  await t.step("made again it is the same, byte by byte", async () => {
    const sums = await Deno.readTextFile(`${folder}/SHA256SUMS`);
    await release(Object.keys(PLATFORMS), { folder, compiled });
    assert.equal(await Deno.readTextFile(`${folder}/SHA256SUMS`), sums);
  });

  await Deno.remove(work, { recursive: true });
});
