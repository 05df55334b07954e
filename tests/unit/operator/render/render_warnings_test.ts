import assert from "assert";
import { renderWarnings } from "../../../../operator/render/render_warnings.ts";
import { serverOwnerOf } from "./server_owner_of.ts";

const told = (settings: Record<string, unknown>) => {
  const { failures, warnings } = renderWarnings(serverOwnerOf(settings));
  return {
    failures: failures.map(({ reason, message }) => `${reason}: ${message}`),
    warnings: warnings.map(({ reason, message }) => `${reason}: ${message}`),
  };
};

const NONE = { failures: [], warnings: [] };

Deno.test("renderWarnings: nothing to say", () => {
  assert.deepEqual(told({}), NONE);
  assert.deepEqual(told({ env: [{ name: "A", value: "1" }, { name: "B", value: "1" }] }), NONE);
  assert.deepEqual(told({ port: 9090, env: [{ name: "PORT", value: "9090" }] }), NONE);
});

Deno.test("renderWarnings: a PORT that is not spec.port keeps the Service from reaching it", () => {
  assert.deepEqual(told({ env: [{ name: "PORT", value: "9090" }] }), {
    ...NONE,
    failures: [
      'PortMismatch: Flow "greeter": spec.env sets PORT to "9090", should be left out: the Service ' +
      "uses spec.port, 8080",
    ],
  });
  const valueFrom = { configMapKeyRef: { name: "c", key: "k" } };
  assert.match(
    told({ env: [{ name: "PORT", valueFrom }] }).failures[0]!,
    /sets PORT to a value from elsewhere, should be left out/,
  );
});

Deno.test("renderWarnings: a variable that is set twice, once", () => {
  const a = (value: string) => ({ name: "A", value });
  assert.deepEqual(told({ env: [a("1"), a("2"), a("3")] }), {
    ...NONE,
    warnings: [
      'UnknownSetting: Flow "greeter": spec.env sets "A" more than once; the last counts',
    ],
  });
});

Deno.test("renderWarnings: use is measured against requests, which must be there", () => {
  const autoscaling = { maxReplicas: 3 };
  assert.deepEqual(told({ autoscaling }), {
    ...NONE,
    warnings: [
      'UnknownSetting: Flow "greeter": spec.autoscaling scales by cpu, so that ' +
      "spec.resources.requests.cpu should be set; without it the pods are not scaled",
    ],
  });
  for (const where of ["requests", "limits"]) {
    assert.deepEqual(told({ autoscaling, resources: { [where]: { cpu: "100m" } } }), NONE);
  }
  assert.equal(
    told({
      autoscaling: { ...autoscaling, targetMemoryUtilizationPercentage: 70 },
      resources: { requests: { cpu: 1 } },
    }).warnings.length,
    1,
  );
});
