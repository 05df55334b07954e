import assert from "assert";
import { natsServer } from "../cache/nats_server.ts";
import { halt } from "../cluster/halt.ts";
import { gitRepository } from "../sources/git_repository.ts";
import { gitServer } from "../sources/git_server.ts";
import { call, ECHO, echoFlow, eventually } from "./echo_flow.ts";
import { type Genkitd, genkitd } from "./genkitd.ts";

/**
 * How long a lease lives in these tests. A sixth of it is what one renewal may take: long enough that
 * a busy machine renews it in time.
 */
const LEASE = "24s";

/** A repository behind a server, and NATS; nodes are started by the test. */
async function cluster() {
  const stack = new AsyncDisposableStack();
  const repository = stack.use(await gitRepository());
  await repository.commit({
    "echo.yaml": ECHO,
    "greeter.yaml": echoFlow("greeter", "Hello"),
    "other.yaml": echoFlow("other", "Other"),
  });
  const git = stack.use(await gitServer(repository.folder));
  const nats = stack.use(await natsServer());
  const folder = await Deno.makeTempDir();
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  await Deno.writeTextFile(
    `${folder}/genkitd.yaml`,
    `sources:
  - name: flows
    git: { url: "${git.url}", interval: 1s }
cache: { type: nats, url: "${nats.url}", bucket: test, leaseDuration: ${LEASE} }
listen: { port: 0 }
`,
  );
  const start = async () =>
    stack.use(
      await genkitd(["serve", "--config", `${folder}/genkitd.yaml`], {
        ready: /serves .* at (http:\S+)/,
      }),
    );
  return { repository, git, nats, start, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

async function answers(nodes: readonly Genkitd[], flow: string, text: string) {
  for (const { url } of nodes) await eventually(() => call(url, flow), (answer) => answer === text);
}

async function stateOf({ url }: Genkitd) {
  const response = await fetch(`${url}/sources`);
  const { sources: [source] } = await response.json();
  return source as {
    revision: string;
    leading: boolean;
    lastError?: { message: string };
    problems: { message: string }[];
  };
}

async function leaderOf(nodes: readonly Genkitd[]): Promise<Genkitd> {
  const leaders = await eventually(
    async () => {
      const states = await Promise.all(nodes.map(stateOf));
      return nodes.filter((_, i) => states[i]!.leading);
    },
    ({ length }) => length === 1,
  );
  return leaders[0]!;
}

Deno.test("NATS: of three nodes one asks Git; killed, another one does; all serve each push", async () => {
  await using at = await cluster();
  const nodes = await Promise.all([at.start(), at.start(), at.start()]);
  await answers(nodes, "greeter", "Hello");
  const leader = await leaderOf(nodes);
  const rest = nodes.filter((node) => node !== leader);
  for (const node of rest) assert.doesNotMatch(node.output(), /Leads/);
  await leader.saw(/Leads flows now/);

  await at.repository.commit({ "greeter.yaml": echoFlow("greeter", "Hello after a push") });
  await answers(nodes, "greeter", "Hello after a push");
  for (const node of rest) await node.saw(/Reloaded: changed greeter\n/);

  leader.kill("SIGKILL");
  await leader.ended;
  await leaderOf(rest);
  await at.repository.commit({ "greeter.yaml": echoFlow("greeter", "Hello of another leader") });
  await answers(rest, "greeter", "Hello of another leader");

  const second = await leaderOf(rest);
  const [last] = rest.filter((node) => node !== second);
  second.kill("SIGTERM");
  await second.ended;
  assert.match(second.output(), /Leads flows no longer: it is given back/);
  await last!.saw(/Leads flows now/);
});

Deno.test("NATS: a leader that slept past its lease writes nothing when it wakes", async () => {
  await using at = await cluster();
  const nodes = await Promise.all([at.start(), at.start()]);
  await answers(nodes, "greeter", "Hello");
  const sleeper = await leaderOf(nodes);
  const [other] = nodes.filter((node) => node !== sleeper);

  await halt(sleeper.pid);
  await other!.saw(/Leads flows now/);
  await at.repository.commit({ "greeter.yaml": echoFlow("greeter", "Hello of the new leader") });
  await answers([other!], "greeter", "Hello of the new leader");
  sleeper.kill("SIGCONT");

  // Which of them it says first depends on whether it fell asleep in the midst of a renewal.
  await sleeper.saw(/Leads flows no longer: (another one has it|it cannot be renewed)/);
  await answers(nodes, "greeter", "Hello of the new leader");
  at.git.seen();
  await at.repository.commit({ "other.yaml": echoFlow("other", "Other of the new leader") });
  await answers(nodes, "other", "Other of the new leader");
  assert.deepEqual((await stateOf(sleeper)).leading, false);
  assert.deepEqual((await stateOf(other!)).leading, true);
});

Deno.test("NATS: who starts while Git is down serves what is kept; NATS may restart meanwhile", async () => {
  await using at = await cluster();
  const first = await at.start();
  await answers([first], "greeter", "Hello");
  const { revision } = await stateOf(first);
  await at.git.stop();

  const second = await at.start();
  await answers([second], "greeter", "Hello");
  assert.equal((await stateOf(second)).revision, revision);
  await eventually(
    () => stateOf(second),
    ({ lastError }) => /cannot be reached/.test(lastError?.message ?? ""),
  );

  await at.nats.kill();
  await first.saw(/The connection to NATS is lost/);
  await answers([first, second], "greeter", "Hello");
  await at.nats.start();
  await at.git.start();
  await second.saw(/The connection to NATS is back/);
  await at.repository.commit({ "greeter.yaml": echoFlow("greeter", "Hello after all") });
  await answers([first, second], "greeter", "Hello after all");
});
