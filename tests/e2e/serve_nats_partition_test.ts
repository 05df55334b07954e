import assert from "assert";
import { Kvm } from "@nats-io/kv";
import { connect } from "@nats-io/transport-node";
import { natsServer } from "../cache/nats_server.ts";
import { type TcpProxy, tcpProxy } from "../cache/tcp_proxy.ts";
import { gitRepository } from "../sources/git_repository.ts";
import { gitServer } from "../sources/git_server.ts";
import { call, ECHO, echoFlow, eventually } from "./echo_flow.ts";
import { type Genkitd, genkitd } from "./genkitd.ts";
import { steadyLoad } from "./steady_load.ts";

/**
 * How long a lease lives here. A sixth of it is what one renewal may take: long enough that a busy
 * machine renews it in time.
 */
const LEASE = "24s";

type Node = Genkitd & { proxy: TcpProxy };

/** Starts a node that reaches NATS through a proxy of its own. */
async function node(stack: AsyncDisposableStack, git: string, nats: string): Promise<Node> {
  const proxy = stack.use(tcpProxy(Number(new URL(nats).port)));
  const folder = await Deno.makeTempDir();
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  await Deno.writeTextFile(
    `${folder}/genkitd.yaml`,
    `sources:
  - name: flows
    git: { url: "${git}", interval: 1s }
cache: { type: nats, url: "nats://127.0.0.1:${proxy.port}", bucket: test, leaseDuration: ${LEASE} }
listen: { port: 0 }
`,
  );
  const args = ["serve", "--config", `${folder}/genkitd.yaml`];
  return { ...stack.use(await genkitd(args, { ready: /serves .* at (http:\S+)/ })), proxy };
}

async function leaders(nodes: readonly Node[]): Promise<Node[]> {
  const leading = await Promise.all(nodes.map(async ({ url }) => {
    const { sources } = await (await fetch(`${url}/sources`)).json();
    return sources[0].leading as boolean;
  }));
  return nodes.filter((_, i) => leading[i]);
}

async function leaderOf(nodes: readonly Node[]): Promise<Node> {
  const [leader] = await eventually(() => leaders(nodes), ({ length }) => length === 1);
  return leader!;
}

async function answers(nodes: readonly Node[], text: string) {
  for (const { url } of nodes) {
    await eventually(() => call(url, "greeter"), (answer) => answer === text);
  }
}

/** The term of each write of the head, in the order in which NATS took them. */
async function termsOf(url: string) {
  const connection = await connect({ servers: url });
  try {
    const bucket = await new Kvm(connection).open("test-system");
    const entries = await Array.fromAsync(await bucket.history({ key: "source.*.head" }));
    return entries.sort((a, b) => a.revision - b.revision)
      .map((entry) => entry.json<{ term: string }>().term);
  } finally {
    await connection.close();
  }
}

Deno.test("NATS: a leader that is cut off stops, another one leads, all serve on, and one at a time writes", async () => {
  await using stack = new AsyncDisposableStack();
  const repository = stack.use(await gitRepository());
  await repository.commit({ "echo.yaml": ECHO, "greeter.yaml": echoFlow("greeter", "Version 0") });
  const git = stack.use(await gitServer(repository.folder));
  const nats = stack.use(await natsServer());
  // The nodes take a bucket as it is: this one keeps what is overwritten as well.
  const connection = await connect({ servers: nats.url });
  await new Kvm(connection).create("test-system", { history: 64 });
  await connection.close();
  const nodes = await Promise.all([1, 2, 3].map(() => node(stack, git.url, nats.url)));
  await answers(nodes, "Version 0");
  const loads = nodes.map(({ url }) => steadyLoad(url, ["greeter"], { pace: 200 }));

  const faults = ["silence", "cut"] as const;
  for (const [i, fault] of faults.entries()) {
    const [before, meanwhile, after] = [2 * i, 2 * i + 1, 2 * i + 2].map((n) => `Version ${n}`);
    const former = await leaderOf(nodes);
    const rest = nodes.filter((node) => node !== former);
    const events: string[] = [];
    const demoted = former.says(/Leads flows no longer: it cannot be renewed/)
      .then(() => events.push("demoted"));
    const elected = Promise.any(rest.map((node) => node.says(/Leads flows now/)))
      .then(() => events.push("elected"));
    former.proxy[fault]();
    // The former leader reads this too, and cannot tell it.
    await repository.commit({ "greeter.yaml": echoFlow("greeter", meanwhile!) });
    await Promise.all([demoted, elected]);
    assert.deepEqual(events, ["demoted", "elected"], "nobody leads while another one does");
    await answers(rest, meanwhile!);
    assert.equal(await call(former.url, "greeter"), before, "it serves what it has");

    former.proxy.heal();
    await answers([former], meanwhile!);
    const next = await leaderOf(nodes);
    assert.notEqual(next, former);
    await repository.commit({ "greeter.yaml": echoFlow("greeter", after!) });
    await answers(nodes, after!);
    assert.equal(await leaderOf(nodes), next, "the former leader follows");
  }

  for (const load of loads) await load.stop();
  for (const { calls } of loads) {
    const wrong = calls.filter(({ text }) => !/^Version [0-4]$/.test(text ?? ""));
    assert.deepEqual(wrong, [], "every node serves all the time");
    const versions = calls.map(({ text }) => text!);
    assert.ok(new Set(versions).size > 1);
  }
  const writes = await termsOf(nats.url);
  const terms = writes.filter((term, i) => term !== writes[i - 1]);
  assert.ok(terms.length > faults.length, "each leader has a term of its own");
  assert.equal(
    new Set(terms).size,
    terms.length,
    `no term comes again after a later one: ${terms}`,
  );
});
