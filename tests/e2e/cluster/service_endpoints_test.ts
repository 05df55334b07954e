import assert from "assert";
import { type EndpointSlice, usableEndpoints } from "./service_endpoints.ts";

const metadata = { name: "s", uid: "1", resourceVersion: "1" };

function slice(states: Record<string, string>): EndpointSlice {
  return {
    metadata,
    ports: [{ name: "http", port: 8080 }, { name: "metrics", port: 9090 }],
    endpoints: Object.entries(states).map(([ip, state]) => ({
      addresses: [ip],
      targetRef: { name: `pod-${ip}` },
      conditions: {
        ready: state === "ready",
        serving: state !== "broken",
        terminating: state === "ending",
      },
    })),
  };
}

Deno.test("new connections go to the ready endpoints of the port", () => {
  const slices = [slice({ a: "ready", b: "ending" }), slice({ c: "ready", d: "broken" })];
  assert.deepEqual(usableEndpoints(slices, "http"), [
    { ip: "a", port: 8080, pod: "pod-a" },
    { ip: "c", port: 8080, pod: "pod-c" },
  ]);
  assert.deepEqual(usableEndpoints(slices, "https"), []);
});

Deno.test("where none is ready they go to those that serve while they end", () => {
  const slices = [slice({ b: "ending", d: "broken" })];
  assert.deepEqual(usableEndpoints(slices, "http").map(({ ip }) => ip), ["b"]);
});

Deno.test("a slice that is still empty has none", () => {
  assert.deepEqual(usableEndpoints([{ metadata, ports: null, endpoints: null }], "http"), []);
});
