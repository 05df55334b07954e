import assert from "assert";
import { untilAllowed } from "./access_review.ts";
import { readAuditLog } from "./audit_log.ts";
import { startControlPlane } from "./control_plane.ts";
import { startOperator } from "./operator_process.ts";

const CRDS = new URL("../../deploy/crds", import.meta.url).pathname;

Deno.test("operator --metrics-auth: the API server says who may read the metrics", async () => {
  await using plane = await startControlPlane({ audit: "Metadata" });
  const { kubectl } = plane;
  await kubectl(["apply", "--server-side", "-f", CRDS]);
  for (const name of ["prometheus", "stranger"]) await kubectl(["create", "serviceaccount", name]);
  await kubectl(["create", "clusterrole", "reader", "--verb=get", "--non-resource-url=/metrics"]);
  const prometheus = "--serviceaccount=default:prometheus";
  await kubectl(["create", "clusterrolebinding", "reader", "--clusterrole=reader", prometheus]);
  await untilAllowed(plane, "system:serviceaccount:default:prometheus", ["get /metrics"]);
  await using operator = await startOperator(plane.kubeconfig, ["--metrics-auth"]);

  const scrape = async (authorization?: string) => {
    const headers = new Headers(authorization === undefined ? {} : { authorization });
    const response = await fetch(operator.metrics, { headers });
    return { status: response.status, text: await response.text() };
  };
  const bearer = async (name: string) =>
    `Bearer ${await plane.serviceAccountToken("default", name)}`;

  assert.equal((await scrape()).status, 401);
  assert.equal((await scrape("Bearer nonsense")).status, 401);
  assert.equal((await scrape(await bearer("stranger"))).status, 403);
  const token = await bearer("prometheus");
  const reviews = async () =>
    (await readAuditLog(plane.auditLog)).filter(({ resource }) => resource.endsWith("reviews"))
      .length;
  const { status, text } = await scrape(token);
  assert.equal(status, 200);
  assert.match(text, /^genkitd_leader /m);
  const asked = await reviews();
  assert.equal((await scrape(token)).status, 200);
  assert.equal(await reviews(), asked, "the answer is kept");
  assert.ok(!operator.output().includes(token.slice("Bearer ".length)), "no token is logged");
});
