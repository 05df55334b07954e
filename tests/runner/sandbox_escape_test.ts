import assert from "assert";
import { COMPILED_PERMISSIONS } from "../../tasks/compile_arguments.ts";
import { type SandboxProcess, startSandbox } from "../../runner/host/sandbox_process.ts";

/** What one attempt of tests/fixtures/hostile_sandbox.js came to. */
interface Attempt {
  attempt: string;
  got?: string;
  refused?: string;
}

const hostile = new URL("../fixtures/hostile_sandbox.js", import.meta.url).pathname;
const hostileStorage = new URL("../fixtures/hostile_storage.js", import.meta.url).pathname;
const confine = new URL("../fixtures/confine.ts", import.meta.url).pathname;

function serve(handler: (request: Request) => Response) {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, handler);
  return { port: server.addr.port, [Symbol.asyncDispose]: () => server.shutdown() };
}

/** Starts the hostile program in a sandbox that may reach `hosts`. */
type Start = (hosts: string[]) => Pick<SandboxProcess, "stdin" | "stdout" | "ended">;

const asDeno: Start = (hosts) => startSandbox({ hosts, heapMegabytes: 64 }, hostile);

/** As a compiled genkitd does it, whose process has the permissions of all roles. */
const asCompiled: Start = (hosts) => {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      ...COMPILED_PERMISSIONS,
      "--no-prompt",
      "--unstable-worker-options",
      confine,
      ...hosts,
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
    clearEnv: true,
  }).spawn();
  return { stdin: child.stdin, stdout: child.stdout, ended: child.status.then(() => "ended") };
};

/** Lets the hostile program try. */
async function tryToEscape(
  start: Start,
  hosts: string[],
  input: Record<string, unknown>,
): Promise<Attempt[]> {
  const process = start(hosts);
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(input)));
  await writer.close();
  const said = await new Response(process.stdout).text();
  await process.ended;
  return said.trim().split("\n").map((line) => JSON.parse(line));
}

const FORMS = [
  // Its last attempt, a worker with more rights, ends the process and so says nothing.
  { form: "of Deno", start: asDeno, says: 60 },
  { form: "of a compiled genkitd", start: asCompiled, says: 61 },
];

for (const { form, start, says } of FORMS) {
  Deno.test(`code in a sandbox ${form} reaches its own host and nothing else`, async (t) => {
    let reached = 0;
    await using other = serve(() => {
      reached++;
      return new Response("other");
    });
    await using own = serve(({ url }) =>
      url.endsWith("/redirect")
        ? Response.redirect(`http://127.0.0.1:${other.port}/`)
        : new Response("own")
    );
    const dir = await Deno.makeTempDir();
    const credentials = `${dir}/GEMINI_API_KEY`;
    await Deno.writeTextFile(credentials, "the key of another flow");
    Deno.env.set("GENKITD_TEST_SECRET", "a secret of the environment");
    const attempts = await tryToEscape(start, [`127.0.0.1:${own.port}`], {
      ownHost: `127.0.0.1:${own.port}`,
      otherHost: `127.0.0.1:${other.port}`,
      nameOfOwnHost: `localhost:${own.port}`,
      credentials,
      parentPid: Deno.pid,
    });
    Deno.env.delete("GENKITD_TEST_SECRET");
    await Deno.remove(dir, { recursive: true });

    assert.equal(attempts.length, says);
    for (const { attempt, got, refused } of attempts) {
      await t.step(attempt, () => {
        if (attempt === "own host") assert.equal(got, "200");
        else assert.ok(refused !== undefined, `got ${got}`);
      });
    }
    assert.equal(reached, 0, "no request reached the other server");
  });

  Deno.test(`a sandbox ${form} without hosts has no network at all`, async () => {
    await using own = serve(() => new Response("own"));
    const attempts = await tryToEscape(start, [], {
      ownHost: `127.0.0.1:${own.port}`,
      otherHost: `127.0.0.1:${own.port}`,
      nameOfOwnHost: `localhost:${own.port}`,
      credentials: "/etc/shadow",
      parentPid: Deno.pid,
    });
    assert.deepEqual(attempts.filter(({ got }) => got !== undefined), []);
  });
}

Deno.test("what one sandbox stores, no other finds", async () => {
  const found = async () => {
    const { stdin, stdout, ended } = startSandbox({ hosts: [], heapMegabytes: 64 }, hostileStorage);
    await stdin.close();
    const said = await new Response(stdout).text();
    await ended;
    return JSON.parse(said);
  };
  const nothing = { before: { cache: 0, storage: 0, worker: 0 } };
  const first = await found();
  assert.deepEqual(first, { ...nothing, after: { cache: 1, storage: 1, worker: 1 } });
  assert.deepEqual(await found(), first);
});

Deno.test("an allowed name that resolves to an address of this machine is refused", async () => {
  let reached = 0;
  await using server = serve(() => {
    reached++;
    return new Response("inside");
  });
  // A name of the hosts file that is not spelled as loopback, as an attacker's DNS would give it.
  const name = await nameOfThisMachine();
  const attempts = await tryToEscape(asDeno, [`${name}:${server.port}`], {
    ownHost: `${name}:${server.port}`,
    otherHost: `127.0.0.1:${server.port}`,
    nameOfOwnHost: `localhost:${server.port}`,
    credentials: "/etc/shadow",
    parentPid: Deno.pid,
  });
  const [own] = attempts;
  assert.match(own?.refused ?? `got ${own?.got}`, /TypeError|NotCapable/);
  assert.equal(reached, 0);
});

/** A name that resolves to a loopback address and does not look like one. */
async function nameOfThisMachine(): Promise<string> {
  const hosts = await Deno.readTextFile("/etc/hosts");
  const names = hosts.split("\n").filter((line) => /^(127\.|::1\s)/.test(line))
    .flatMap((line) => line.trim().split(/\s+/).slice(1));
  return names.find((name) => !/^localhost$|\.localhost$/.test(name)) ?? "ip6-localhost";
}
