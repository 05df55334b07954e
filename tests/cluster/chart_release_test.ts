/** The chart as it is released: packed, pushed to a registry, and listed by a repository. */
import assert from "assert";
import { parse, stringify } from "yaml";
import { VERSION } from "../../shared/version.ts";
import { ROOT } from "../../tasks/checkout.ts";
import { releaseChart } from "../../tasks/release_chart.ts";
import { registryServer } from "../sources/registry_server.ts";
import { startControlPlane } from "./control_plane.ts";
import { createHelm } from "./helm.ts";

const CHART = `${ROOT}deploy/chart`;
const ARCHIVE = `genkitd-${VERSION}.tgz`;
const created = "2026-01-02T03:04:05.000Z";
const cluster = await startControlPlane();
const helm = await createHelm(cluster);
const folder = await Deno.makeTempDir({ prefix: "genkitd-charts-" });

Deno.test.afterAll(async () => {
  await cluster.stop();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("the archive has the files that helm packs, and is the same each time", async () => {
  const [archive] = await releaseChart({ created });
  assert.equal(archive!.name, ARCHIVE);
  assert.deepEqual(archive, (await releaseChart({ created }))[0]);
  await Deno.mkdir(`${folder}/ours`);
  await Deno.writeFile(`${folder}/ours/${ARCHIVE}`, archive!.content);
  await helm(["package", CHART, "--destination", `${folder}/helm`]);
  const ours = await unpacked(`${folder}/ours`);
  const theirs = await unpacked(`${folder}/helm`);
  // Helm writes Chart.yaml anew.
  for (const files of [ours, theirs]) files["Chart.yaml"] = parse(files["Chart.yaml"] as string);
  assert.deepEqual(ours, theirs);
  await helm(["lint", "--strict", `${folder}/ours/${ARCHIVE}`]);
});

Deno.test("helm pushes it to a registry, and installs it from there", async () => {
  await using registry = await registryServer();
  const [archive] = await releaseChart({ created });
  await Deno.writeFile(`${folder}/${ARCHIVE}`, archive!.content);
  const charts = `oci://${registry.host}/genkitd/charts`;
  const pushed = await helm(["push", `${folder}/${ARCHIVE}`, charts, "--plain-http"]);
  // The release workflow reads this line.
  const { stdout, stderr } = pushed;
  assert.match(stdout + stderr, /^Digest: sha256:[0-9a-f]{64}$/m);
  await installAndRemove([`${charts}/genkitd`, "--version", VERSION, "--plain-http"]);
});

Deno.test("helm adds the repository, and installs it from there", async () => {
  const files = new Map<string, Uint8Array>();
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => {
      const { pathname } = new URL(request.url);
      // As GitHub does with `releases/latest/download`.
      if (pathname.startsWith("/latest/")) {
        const headers = { location: pathname.replace("/latest/", "/v/") };
        return new Response(null, { status: 302, headers });
      }
      const file = files.get(pathname);
      return file
        ? new Response(file as Uint8Array<ArrayBuffer>)
        : new Response(null, { status: 404 });
    },
  );
  const url = `http://127.0.0.1:${server.addr.port}`;
  const previous = stringify({
    apiVersion: "v1",
    entries: {
      genkitd: ["0.0.9", VERSION].map((version) => ({
        apiVersion: "v2",
        name: "genkitd",
        version,
        urls: [`${url}/old/genkitd-${version}.tgz`],
      })),
    },
  });
  const released = await releaseChart({
    created,
    previousIndex: previous,
    downloads: `${url}/v`,
  });
  for (const { name, content } of released) files.set(`/v/${name}`, content);
  await helm(["repo", "add", "genkitd", `${url}/latest`]);
  const { stdout } = await helm(["search", "repo", "genkitd", "--versions", "--output", "json"]);
  assert.deepEqual(
    JSON.parse(stdout).map(({ version }: { version: string }) => version),
    [VERSION, "0.0.9"],
  );
  await installAndRemove(["genkitd/genkitd"]);
});

Deno.test("the index names the release's own file, by its sum", async () => {
  const [archive, index] = await releaseChart({ created });
  const { entries: { genkitd: [entry] } } = parse(new TextDecoder().decode(index!.content));
  const url = `https://github.com/genkitd/genkitd/releases/download/v${VERSION}/${ARCHIVE}`;
  assert.deepEqual(entry.urls, [url]);
  const digest = await crypto.subtle.digest(
    "SHA-256",
    archive!.content as Uint8Array<ArrayBuffer>,
  );
  assert.equal(entry.digest, new Uint8Array(digest).toHex());
  const { created: time, digest: _, urls: __, ...metadata } = entry;
  assert.equal(time, created);
  assert.deepEqual(metadata, parse(await Deno.readTextFile(`${CHART}/Chart.yaml`)));
});

async function installAndRemove(chart: string[]): Promise<void> {
  const at = ["--namespace", "genkitd-system"];
  await helm(["install", "genkitd", ...chart, ...at, "--create-namespace"]);
  const { stdout } = await helm(["list", ...at, "--output", "json"]);
  assert.equal(JSON.parse(stdout)[0].chart, `genkitd-${VERSION}`);
  await helm(["uninstall", "genkitd", ...at]);
}

/** The files of the archive in a folder, by their paths in the chart. */
async function unpacked(folder: string): Promise<Record<string, unknown>> {
  const args = ["-xzf", ARCHIVE];
  assert.ok((await new Deno.Command("tar", { args, cwd: folder }).output()).success);
  const files: Record<string, unknown> = {};
  const read = (path: string) => {
    for (const { name, isDirectory } of Deno.readDirSync(`${folder}/genkitd/${path}`)) {
      if (isDirectory) read(`${path}${name}/`);
      else files[path + name] = Deno.readTextFileSync(`${folder}/genkitd/${path}${name}`);
    }
  };
  read("");
  return files;
}
