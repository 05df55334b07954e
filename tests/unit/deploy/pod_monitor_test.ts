import assert from "assert";
import { parse } from "yaml";
import { METRICS_PORT } from "../../../cli/metrics_flags.ts";
import { renderDeployment } from "../../../operator/render/render_deployment.ts";
import { ROOT } from "../../../tasks/checkout.ts";
import { serverOwnerOf } from "../operator/render/server_owner_of.ts";

const PATH = `${ROOT}deploy/components/monitoring/pod-monitor.yaml`;
const { selector: { matchLabels }, podMetricsEndpoints: [endpoint] } = parse(
  await Deno.readTextFile(PATH),
).spec;

Deno.test("the PodMonitor finds a flow's pods, and asks them at the port of /metrics", () => {
  const { spec } = renderDeployment({
    owner: serverOwnerOf({}),
    content: { layout: "single", files: new Map(), secrets: [], environment: [] },
    files: [],
    hash: "0",
    credentialsHash: undefined,
    replicas: 1,
  });
  const { metadata, spec: { containers: [container] } } = (spec as {
    template: {
      metadata: { labels: Record<string, string> };
      spec: { containers: { ports: { name: string; containerPort: number }[] }[] };
    };
  }).template;
  for (const [label, value] of Object.entries(matchLabels)) {
    assert.equal(metadata.labels[label], value);
  }
  const port = container!.ports.find(({ name }) => name === endpoint.port);
  assert.ok(port, "a port that is not declared is no target");
  const [{ sourceLabels, targetLabel, regex, replacement }] = endpoint.relabelings;
  assert.deepEqual([sourceLabels, targetLabel], [["__address__"], "__address__"]);
  for (const host of ["10.1.2.3", "[fd00::1]"]) {
    // Prometheus anchors a relabeling's expression.
    const address = `${host}:${port.containerPort}`.replace(
      new RegExp(`^(?:${regex})$`),
      replacement,
    );
    assert.equal(address, `${host}:${METRICS_PORT}`);
  }
});
