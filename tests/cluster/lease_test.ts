import assert from "assert";
import { resources } from "../../operator/kubernetes/resources.ts";
import { customKinds } from "../../shared/api/kinds.ts";
import { type AuditedRequest, readAuditLog } from "./audit_log.ts";
import { ClusterClient } from "./cluster_client.ts";
import { type ControlPlane, startControlPlane } from "./control_plane.ts";
import { halt } from "./halt.ts";
import { type OperatorProcess, startOperator } from "./operator_process.ts";
import { untilServed } from "./until_served.ts";

const CRDS = new URL("../../deploy/crds", import.meta.url).pathname;
const LEASE = { namespace: "default", name: "genkitd-operator" };
const RENEW_DEADLINE = 10_000;
const LEASE_DURATION = 15_000;
/** How often an operator looks at the lease at the most, in milliseconds. */
const LOOK_PERIOD = 0.9 * 2_000;
/** How many objects an operator reconciles at once. */
const WORKERS = 16;
const WRITES = new Set(["create", "update", "patch", "delete"]);

const objects = `
{apiVersion: genkit.dev/v1alpha1, kind: PluginConfig, metadata: {name: gemini}, spec: {type: googleai}}
---
{apiVersion: genkit.dev/v1alpha1, kind: Model, metadata: {name: flash}, spec: {provider: googleai, model: gemini-2.5-flash, pluginConfigRef: {name: gemini}}}
---
{apiVersion: genkit.dev/v1alpha1, kind: Prompt, metadata: {name: greeting}, spec: {content: "Hello"}}
---
{apiVersion: genkit.dev/v1alpha1, kind: Flow, metadata: {name: greeter}, spec: {image: "genkitd:1", modelRef: {name: flash}, prompts: [{promptRef: {name: greeting}}]}}
`;

/** Starts an operator whose requests are told from others' by its user. */
async function start(plane: ControlPlane, name: string): Promise<OperatorProcess> {
  await plane.kubectl(["create", "serviceaccount", name]);
  const token = await plane.serviceAccountToken("default", name);
  return await startOperator(await plane.kubeconfigFor(token));
}

/** Edits the Prompt again and again until it is told to stop, so that whoever leads has to write. */
function keepBusy(cluster: ClusterClient): { stop(): Promise<void> } {
  let over = false;
  const name = { namespace: "default", name: "greeting" };
  const editing = (async () => {
    for (let edit = 0; !over; edit++) {
      await cluster.api.mergePatch(customKinds.Prompt, name, {
        spec: { content: `Hello ${edit}` },
      });
    }
  })();
  return { stop: () => (over = true, editing) };
}

/** What an operator wrote, besides the Lease and the Events. */
const writesOf = (log: AuditedRequest[], name: string) =>
  log.filter(({ verb, user, resource }) =>
    user.endsWith(`:${name}`) && WRITES.has(verb) && resource !== "leases" && resource !== "events"
  );

/** The changes that an operator made to the Lease. */
const leaseOf = (log: AuditedRequest[], name: string) =>
  log.filter(({ verb, user, resource, code }) =>
    user.endsWith(`:${name}`) && WRITES.has(verb) && resource === "leases" && code < 300
  );

/**
 * How long the lease was nobody's, in milliseconds, and how often the next one looked at it meanwhile:
 * on a machine that is busy its looks come late.
 */
function handover(log: AuditedRequest[], from: string, to: string) {
  const left = leaseOf(log, from).at(-1)!.arrived;
  const taken = leaseOf(log, to)[0]!.arrived;
  const looks = log.filter(({ verb, user, resource, name, arrived }) =>
    user.endsWith(`:${to}`) && verb === "get" && resource === "leases" && name === LEASE.name &&
    arrived > left && arrived <= taken
  );
  return { gap: taken - left, looks: looks.length };
}

Deno.test("two operators, one lease", async (t) => {
  await using plane = await startControlPlane({ audit: "Metadata" });
  const { kubectl } = plane;
  await kubectl(["apply", "--server-side", "-f", CRDS]);
  await untilServed(plane);
  const everyone = "--group=system:serviceaccounts:default";
  await kubectl(["create", "clusterrolebinding", "test", "--clusterrole=cluster-admin", everyone]);
  await kubectl(["apply", "-f", "-"], { input: objects });
  await using cluster = new ClusterClient(plane);
  /** What an operator wrote after it had to stop. */
  const late = async (name: string) => {
    const log = await readAuditLog(plane.auditLog);
    const renewed = leaseOf(log, name).at(-1)!.arrived;
    return writesOf(log, name).filter(({ arrived }) => arrived > renewed + RENEW_DEADLINE);
  };
  /** Waits until an operator has nothing more to write. */
  const atRest = async (name: string) => {
    let before;
    let count = -1;
    do {
      before = count;
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      count = writesOf(await readAuditLog(plane.auditLog), name).length;
    } while (count !== before);
  };
  /** Whether all that the edits lead to has been written anew since. */
  const changes = async () => {
    const names = [customKinds.Prompt, customKinds.Flow, resources.Deployment];
    const seen = await Promise.all(names.map((resource) => cluster.follow(resource)));
    const versions = () =>
      seen.map((objects) => objects.list().map(({ metadata }) => metadata.resourceVersion).join());
    const before = versions();
    return () => versions().every((version, index) => version !== before[index]);
  };
  const written = async (name: string) => {
    const count = writesOf(await readAuditLog(plane.auditLog), name).length;
    const deployment = await cluster.follow(resources.Deployment);
    const version = () => deployment.get({ namespace: "default", name: "greeter" })?.metadata;
    // The first change that is seen may be of a write that the log had already.
    do {
      const before = version()?.resourceVersion;
      await cluster.when(() => version()?.resourceVersion !== before);
    } while (writesOf(await readAuditLog(plane.auditLog), name).length <= count);
  };

  await using one = await start(plane, "one");
  await one.saw(/"message":"leading"/);
  await using two = await start(plane, "two");

  await t.step("the second one waits, is ready, and writes nothing", async () => {
    const busy = keepBusy(cluster);
    await written("one");
    await two.ready();
    assert.match(await (await fetch(two.metrics)).text(), /^genkitd_leader 0$/m);
    await busy.stop();
    assert.deepEqual(writesOf(await readAuditLog(plane.auditLog), "two"), []);
  });

  await t.step("a leader that is halted is followed, and then writes nothing", async () => {
    await atRest("one");
    await halt(one.pid);
    const busy = keepBusy(cluster);
    await two.saw(/"message":"leading"/);
    await written("two");
    one.kill("SIGCONT");
    assert.equal((await one.ended).code, 1, one.output());
    assert.match(one.output(), /The lease was lost/);
    await busy.stop();
    assert.deepEqual(await late("one"), []);
  });

  await using three = await start(plane, "three");
  await three.ready();
  // No check can stop what has passed it: a halt may fall between the check and the send.
  await t.step("one that is halted amid its writes overwrites nothing afterwards", async () => {
    const busy = keepBusy(cluster);
    await written("two");
    await halt(two.pid);
    const changed = await changes();
    await three.saw(/"message":"leading"/);
    await cluster.when(changed);
    two.kill("SIGCONT");
    assert.equal((await two.ended).code, 1, two.output());
    await busy.stop();
    const sent = await late("two");
    // A conflict; or, where the halt cut a request in two, the API server's own time limit.
    assert.deepEqual(
      sent.filter(({ verb, code }) => verb === "patch" && code !== 409 && code !== 504),
      [],
    );
    assert.ok(sent.length <= WORKERS, JSON.stringify(sent));
  });

  await using four = await start(plane, "four");
  await four.ready();
  await t.step("one that is killed is followed within 20 s, and not before its time", async () => {
    three.kill("SIGKILL");
    await four.saw(/"message":"leading"/);
    const log = await readAuditLog(plane.auditLog);
    const { gap, looks } = handover(log, "three", "four");
    assert.ok(gap > LEASE_DURATION, `${gap} ms`);
    // One may still see the lease as it was before it was renewed last; one takes it.
    assert.ok(looks <= Math.ceil(LEASE_DURATION / LOOK_PERIOD) + 2, `${looks} looks`);
  });

  await using five = await start(plane, "five");
  await five.ready();
  await t.step("one that ends cleanly is followed within 3 s", async () => {
    four.kill("SIGTERM");
    assert.equal((await four.ended).code, 0, four.output());
    await five.saw(/"message":"leading"/);
    const log = await readAuditLog(plane.auditLog);
    // The next look, or the one after it: one may be under way when the lease is given back.
    const { looks } = handover(log, "four", "five");
    assert.ok(looks <= 2, `${looks} looks`);
    const lease = await cluster.api.get(resources.Lease, LEASE);
    assert.equal((lease!.spec as { leaseTransitions?: number }).leaseTransitions, 4);
  });
});
