import assert from "assert";
import { resources } from "../../operator/kubernetes/resources.ts";
import type { KubernetesObject } from "../../operator/kubernetes/object.ts";
import { customKinds } from "../../shared/api/kinds.ts";
import { condition } from "./condition.ts";
import { startOperatedCluster } from "./operated_cluster.ts";

const objects = `
{apiVersion: v1, kind: ConfigMap, metadata: {name: lines}, data: {data.jsonl: "1\\n2\\n"}}
---
{apiVersion: genkit.dev/v1alpha1, kind: Dataset, metadata: {name: samples}, spec: {format: jsonl, source: {configMapRef: {name: lines}}}}
---
{apiVersion: genkit.dev/v1alpha1, kind: Flow, metadata: {name: greeter}, spec: {image: "genkitd:1", prompts: [{prompt: {name: greeting, content: "Hi"}}]}}
---
{apiVersion: genkit.dev/v1alpha1, kind: Eval, metadata: {name: once}, spec: &spec {flowRef: {name: greeter}, datasetRef: {name: samples}, metrics: [a], runnerImage: "runner:1", outputSink: {configMap: {name: results, key: result.json}}}}
---
{apiVersion: genkit.dev/v1alpha1, kind: Eval, metadata: {name: nightly}, spec: {flowRef: {name: greeter}, datasetRef: {name: samples}, metrics: [a], runnerImage: "runner:1", schedule: "0 2 * * *", outputSink: {configMap: {name: results, key: result.json}}}}
`.replace("&spec ", "");

Deno.test("Datasets and Evals: on a real API server", async (t) => {
  await using operated = await startOperatedCluster();
  const { cluster, at, apply, patch } = operated;
  await operated.operate();
  const samples = (object: KubernetesObject | undefined) =>
    (object?.status as { sampleCount?: number } | undefined)?.sampleCount;
  const ready = (object: KubernetesObject | undefined) => condition(object, "Ready");

  await t.step("the samples of a ConfigMap are counted, and again when it is edited", async () => {
    await apply(objects);
    await cluster.until(customKinds.Dataset, at("samples"), (it) => samples(it) === 2);
    await patch("configmap", "lines", { data: { "data.jsonl": "1\n2\n3\n" } });
    await cluster.until(customKinds.Dataset, at("samples"), (it) => samples(it) === 3);
  });

  await t.step("an Eval is Ready when its Job or CronJob is made", async () => {
    for (const name of ["once", "nightly"]) {
      await cluster.until(customKinds.Eval, at(name), (it) => ready(it)?.status === "True");
    }
    const jobs = await operated.kubectl("get", "jobs", "-o", "name");
    assert.match(jobs.trim(), /^job\.batch\/once-run-[0-9a-f]{8}$/);
    const cronJob = await cluster.api.get(resources.CronJob, at("nightly"));
    assert.equal((cronJob!.spec as { schedule: string }).schedule, "0 2 * * *");
  });

  await t.step("an edit makes another Job, and the first one stays to be read", async () => {
    const jobs = await cluster.follow(resources.Job);
    await patch("gev", "once", { spec: { metrics: ["b"] } });
    await cluster.when(() => jobs.list(operated.namespace).length === 2);
  });

  // Whether cron's text is good, the API server alone says: it runs what it accepts.
  for (const schedule of ["0 2 * *", "TZ=UTC 0 2 * * *", "0 2 * * 8", "@sometimes"]) {
    await t.step(`the schedule "${schedule}" is Stalled, and says why`, async () => {
      await patch("gev", "nightly", { spec: { schedule } });
      const message = await cluster.until(customKinds.Eval, at("nightly"), (it) => {
        const stalled = condition(it, "Stalled");
        return stalled?.reason === "ApplyFailed" ? stalled.message : undefined;
      });
      assert.match(message, /CronJob\.batch "nightly" is invalid: spec\.schedule: /);
    });
  }

  await t.step("a good one heals", async () => {
    await patch("gev", "nightly", { spec: { schedule: "@daily" } });
    await cluster.until(customKinds.Eval, at("nightly"), (it) => ready(it)?.status === "True");
  });
});
