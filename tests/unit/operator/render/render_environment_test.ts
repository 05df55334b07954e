import assert from "assert";
import { renderEnvironment } from "../../../../operator/render/render_environment.ts";

const GOOGLE = "GOOGLE_APPLICATION_CREDENTIALS";
const mounted = (...keys: string[]) => [{ directory: "credentials", secret: "keys", keys }];
const OWN = [{ name: "PORT", value: "8080" }, { name: "HOME", value: "/tmp" }];
const fromSecret = (name: string, key: string) => ({
  valueFrom: { secretKeyRef: { name, key, optional: true } },
});

Deno.test("renderEnvironment: PORT is spec.port, HOME can be written to", () => {
  const { env, envFrom } = renderEnvironment({ port: 9090 }, { environment: [], secrets: [] });
  assert.deepEqual(env, [{ name: "PORT", value: "9090" }, { name: "HOME", value: "/tmp" }]);
  assert.equal(envFrom, undefined);
});

Deno.test("renderEnvironment: our runner is told how long requests may take at the end, if the spec says", () => {
  const settings = { port: 8080, requestTimeoutSeconds: 600 };
  const { env } = renderEnvironment(settings, { environment: [], secrets: [] });
  assert.deepEqual(env, [...OWN, { name: "GENKITD_GRACE", value: "600s" }]);
});

Deno.test("renderEnvironment: a whole Secret, or its keys one by one; both may be missing", () => {
  const secrets = mounted("A", "B");
  assert.deepEqual(
    renderEnvironment({ port: 8080 }, { environment: [{ secret: "keys", keys: [] }], secrets }),
    { env: OWN, envFrom: [{ secretRef: { name: "keys", optional: true } }] },
  );
  assert.deepEqual(
    renderEnvironment(
      { port: 8080 },
      { environment: [{ secret: "keys", keys: ["A", "B"] }], secrets },
    ),
    {
      env: [
        ...OWN,
        { name: "A", ...fromSecret("keys", "A") },
        { name: "B", ...fromSecret("keys", "B") },
      ],
    },
  );
});

Deno.test("renderEnvironment: a key PORT of a Secret is not the port, as where all of it is taken", () => {
  const environment = [{ secret: "keys", keys: ["PORT", "A"] }];
  const { env } = renderEnvironment({ port: 8080 }, { environment, secrets: mounted("A") });
  assert.deepEqual(env, [...OWN, { name: "A", ...fromSecret("keys", "A") }]);
});

Deno.test("renderEnvironment: Google's libraries are told the path of the key, not the key", () => {
  const path = { name: GOOGLE, value: `/genkit/credentials/${GOOGLE}` };
  for (const keys of [[], [GOOGLE]]) {
    const { env } = renderEnvironment(
      { port: 8080 },
      { environment: [{ secret: "keys", keys }], secrets: mounted(GOOGLE) },
    );
    assert.deepEqual(env, [...OWN, path]);
  }
});

Deno.test("renderEnvironment: the spec's variables win, and of one name the last", () => {
  const { env } = renderEnvironment(
    {
      port: 8080,
      env: [
        { name: "HOME", value: "/cache" },
        { name: "A", value: "first" },
        { name: "A", value: "last" },
        { name: GOOGLE, value: "/elsewhere" },
      ],
    },
    { environment: [{ secret: "keys", keys: ["A", GOOGLE] }], secrets: mounted("A", GOOGLE) },
  );
  assert.deepEqual(env, [
    { name: "PORT", value: "8080" },
    { name: "HOME", value: "/cache" },
    { name: "A", value: "last" },
    { name: GOOGLE, value: "/elsewhere" },
  ]);
});

Deno.test("renderEnvironment: the spec's variables keep their order, as one may refer to another", () => {
  const { env } = renderEnvironment(
    {
      port: 8080,
      env: [{ name: "BASE", value: "/data" }, { name: "HOME", value: "$(BASE)/home" }],
    },
    { environment: [], secrets: [] },
  );
  assert.deepEqual(env, [
    { name: "PORT", value: "8080" },
    { name: "BASE", value: "/data" },
    { name: "HOME", value: "$(BASE)/home" },
  ]);
});

Deno.test("renderEnvironment: a Secret of the spec's may be missing, unless it says no", () => {
  const env = (optional?: boolean) =>
    renderEnvironment(
      {
        port: 8080,
        env: [{ name: "A", valueFrom: { secretKeyRef: { name: "s", key: "a", optional } } }],
      },
      { environment: [], secrets: [] },
    ).env[2];
  assert.deepEqual(env(), { name: "A", ...fromSecret("s", "a") });
  assert.deepEqual(env(false), {
    name: "A",
    valueFrom: { secretKeyRef: { name: "s", key: "a", optional: false } },
  });
});
