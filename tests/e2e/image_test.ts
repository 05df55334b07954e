import assert from "assert";
import { VERSION } from "../../shared/version.ts";
import { ROOT } from "../../tasks/checkout.ts";
import { readDockerfile, textsOf } from "./dockerfile.ts";
import { genkitd } from "./genkitd.ts";

const dockerfile = readDockerfile(await Deno.readTextFile(`${ROOT}Dockerfile`));

async function sh(script: string, cwd: string, env: Record<string, string> = {}) {
  const { success, stdout, stderr } = await new Deno.Command("/bin/sh", {
    args: ["-c", script],
    cwd,
    env: { NO_COLOR: "1", ...env },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assert.ok(success, `${script}: ${text(stderr)}`);
  return text(stdout);
}

Deno.test("Dockerfile: one image for all roles, that is nobody and has no shell", () => {
  assert.deepEqual(textsOf(dockerfile, "ENTRYPOINT"), ['["/genkitd"]']);
  assert.deepEqual(textsOf(dockerfile, "CMD"), ['["runner"]']);
  assert.deepEqual(textsOf(dockerfile, "USER"), ["65532:65532"]);
  const args = textsOf(dockerfile, "ARG");
  assert.ok(args.includes(`VERSION=${VERSION}`), "its version is genkitd's");
  for (const image of ["DENO_BUILD", "DENO_BIN"]) {
    const arg = args.find((arg) => arg.startsWith(`${image}=`));
    assert.ok(arg?.includes(Deno.version.deno), `${arg} is of the Deno that the tests run on`);
  }
  assert.match(args.find((arg) => arg.startsWith("BASE="))!, /distroless\/cc-debian12:nonroot/);
  const [last] = textsOf(dockerfile, "LABEL");
  for (const label of ["title", "source", "licenses", "version", "revision"]) {
    assert.ok(last?.includes(`org.opencontainers.image.${label}=`), label);
  }
});

Deno.test("the image's command serves with mounts, on a read-only root with nothing else", async (t) => {
  const work = await Deno.makeTempDir({ prefix: "genkitd-image-" });
  const context = `${work}/context`;

  await t.step("each RUN works in a clean folder, with Deno and nothing else", async () => {
    await Deno.mkdir(context);
    await sh(`git ls-files -co --exclude-standard -z | xargs -0 cp --parents -t ${context}`, ROOT);
    await Deno.mkdir(`${work}/bin`);
    await Deno.symlink(Deno.execPath(), `${work}/bin/deno`);
    const env = { PATH: `${work}/bin:/usr/bin:/bin` };
    for (const run of textsOf(dockerfile, "RUN")) await sh(run, context, env);
  });

  await t.step("what is copied is there: the program, its permissions, the code", async () => {
    const files =
      (await sh("find . -maxdepth 2 -type f -not -name '*-*.js' | sort", `${context}/image`))
        .trim().split("\n");
    assert.deepEqual(files, [
      "./app/LICENSE",
      "./app/THIRD_PARTY_LICENSES",
      "./app/genkitd.js",
      "./deno.json",
      "./genkitd",
    ]);
    assert.equal((await Deno.stat(`${context}/image/genkitd`)).mode! & 0o777, 0o755);
  });

  const root = `${work}/root`;
  const mounts = `${work}/mounts`;
  await Deno.mkdir(root);
  await Deno.mkdir(`${mounts}/flows`, { recursive: true });
  await Deno.copyFile(`${ROOT}examples/assistants.yaml`, `${mounts}/flows/assistants.yaml`);
  await Deno.writeTextFile(
    `${mounts}/config.yaml`,
    "sources: [{ filesystem: { paths: [/mounts/flows] } }]\nlisten: { host: 127.0.0.1, port: 0 }\n",
  );
  const start = `${work}/docker-run`;
  await Deno.writeTextFile(start, await runScript({ image: `${context}/image`, root, mounts }), {
    mode: 0o755,
  });
  const run = (...args: string[]) => ["--user", "--map-root-user", "--mount", start, ...args];

  await t.step("--version", async () => {
    const { stdout, stderr } = await new Deno.Command("unshare", { args: run("--version") })
      .output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    assert.deepEqual([text(stdout), text(stderr)], [`genkitd ${VERSION}\n`, ""]);
  });

  await t.step("serve --config, with a sandbox", async () => {
    await using server = await genkitd(
      run("serve", "--config", "/mounts/config.yaml", "--offline"),
      { command: "unshare", ready: /curl -d .* (http:\S+)\/greeter\n/ },
    );
    const response = await fetch(`${server.url}/greeter`, {
      method: "POST",
      body: '{"name":"Ann"}',
    });
    const answer = await response.text();
    assert.equal(response.status, 200, answer);
    assert.match(answer, /Ann/);
    server.kill("SIGTERM");
    assert.equal((await server.ended).code, 0, server.output());
  });

  await Deno.remove(work, { recursive: true });
});

/** What a container engine would do: the image as a read-only root, and a mount. */
async function runScript({ image, root, mounts }: { image: string; root: string; mounts: string }) {
  const linked = await sh(`ldd '${Deno.execPath()}'`, "/");
  const libraries = [...linked.matchAll(/(\/\S+) \(0x/g)].map(([, path]) => path!);
  const env = textsOf(dockerfile, "ENV").join(" ");
  return `#!/bin/sh
set -e
mount -t tmpfs -o mode=755 tmpfs '${root}'
cd '${root}'
cp -r '${image}/.' .
mkdir -p usr/bin proc dev mounts
: > usr/bin/deno
mount --bind '${Deno.execPath()}' usr/bin/deno
for library in ${
    libraries.join(" ")
  }; do mkdir -p .$(dirname $library); cp -L $library .$library; done
for device in null zero urandom; do : > dev/$device; mount --bind /dev/$device dev/$device; done
mount --rbind /proc proc
mount --rbind '${mounts}' mounts
mount -o remount,ro '${root}'
exec /usr/bin/env -i ${env} NO_COLOR=1 /usr/sbin/chroot . /genkitd "$@"
`;
}
