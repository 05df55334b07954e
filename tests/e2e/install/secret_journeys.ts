import assert from "assert";
import { resources } from "../../../operator/kubernetes/resources.ts";
import { customKinds } from "../../../shared/api/kinds.ts";
import { condition } from "../../cluster/condition.ts";
import type { Installation } from "./installation.ts";
import type { Journey } from "./journey.ts";
import { flow, model, pluginConfig, prompt, secret } from "./objects.ts";

/** One Flow's Secret is not there and comes, the other's changes; what becomes of it is seen later. */
export const secretsChange: Journey = {
  name: "a Flow names the Secret that it waits for",
  async run({ apply, seen, at, ready }) {
    await apply(...withSecret("waiting"), secret("turned", "one"), ...withSecret("turned"));
    // What it is made of comes one by one: first it may miss its Prompt.
    await seen.until(customKinds.Flow, at("waiting"), (flow) => {
      const ready = condition(flow, "Ready");
      return ready?.reason === "MissingDependency" && /Secret "waiting"/.test(ready.message);
    });
    await ready("Flow", "turned");
    await apply(secret("waiting", "here"), secret("turned", "two"));
  },
};

/** What {@linkcode secretsChange} did has taken effect. */
export const secretsTakeEffect: Journey = {
  name: "a Secret that came, and one that changed, take effect",
  async run({ seen, at, ready, call, kubectl }) {
    await ready("Flow", "waiting");
    assert.match((await call("waiting")).body, /At last, Ann/);
    await seen.until(
      resources.Deployment,
      at("turned"),
      (turned) => turned?.metadata.annotations?.["deployment.kubernetes.io/revision"] === "2",
    );
    await kubectl("rollout", "status", "deployment/turned", "--timeout=2m");
    await ready("Flow", "turned");
    assert.match((await call("turned")).body, /At last, Ann/);
  },
};

/** A Flow with a Secret of its own, all of one name, but for the Secret itself. */
function withSecret(name: string): object[] {
  return [
    pluginConfig(name, name),
    model(name, {}, name),
    prompt(name, "At last, {{name}}"),
    flow(name, { modelRef: { name } }),
  ];
}

/** Cluster-wide, Secrets are read by their names. */
export const secretsAreReadByName: Journey = {
  name: "Secrets are read by name, never listed or watched",
  async run(installation) {
    assert.deepEqual(await verbsOfSecrets(installation), ["get"]);
  },
};

/** In one namespace, Secrets are watched, so that no change has to be looked for. */
export const secretsAreWatched: Journey = {
  name: "Secrets are watched",
  async run(installation) {
    assert.deepEqual(await verbsOfSecrets(installation), ["get", "list", "watch"]);
  },
};

/** What the operator asks of Secrets. */
async function verbsOfSecrets({ operators, leader }: Installation): Promise<string[]> {
  const { pod } = await leader();
  const { text } = await (await operators()).find(({ name }) => name === pod)!.get(
    8080,
    "/metrics",
  );
  const requests = text.matchAll(/^genkitd_api_requests_total\{verb="(\w+)",resource="secrets"/gm);
  return [...new Set([...requests].map(([, verb]) => verb!))].sort();
}
