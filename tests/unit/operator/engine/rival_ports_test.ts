import assert from "assert";
import { withoutRivalPorts } from "../../../../operator/engine/rival_ports.ts";
import type { KubernetesObject } from "../../../../operator/kubernetes/object.ts";

const object = (kind: string, spec: unknown): KubernetesObject => ({
  apiVersion: "v1",
  kind,
  metadata: { name: "greeter" },
  spec,
});

/** A port, as one of a Service and as one of a container. */
const service = (...ports: unknown[]) => object("Service", { ports });
const deployment = (...ports: unknown[]) =>
  object("Deployment", {
    template: {
      spec: {
        containers: [{ name: "proxy", ports: [{ containerPort: 1 }] }, { name: "flow", ports }],
      },
    },
  });

Deno.test("rival ports: none where ours are the only ones of their names", () => {
  const own = { name: "http", port: 8080, protocol: "TCP" };
  const other = { name: "debug", port: 99, protocol: "TCP" };
  assert.equal(withoutRivalPorts(service(own), service(own, other)), undefined);
  assert.equal(withoutRivalPorts(service({ name: "http", port: 8080 }), service(own)), undefined);
});

Deno.test("rival ports: ours takes the place of one of its name, others stay", () => {
  const own = { name: "http", port: 8080, protocol: "TCP" };
  const rival = { name: "http", port: 99, protocol: "TCP" };
  const other = { name: "debug", port: 98, protocol: "TCP" };
  assert.deepEqual(withoutRivalPorts(service(own), service(rival, other)), {
    spec: { ports: [other, own] },
  });
});

Deno.test("rival ports: those of a container as well, other containers stay", () => {
  const own = { name: "http", containerPort: 8080, protocol: "TCP" };
  const rival = { name: "http", containerPort: 99, protocol: "TCP" };
  const { spec } = deployment(own);
  assert.deepEqual(withoutRivalPorts(deployment(own), deployment(rival)), { spec });
});
