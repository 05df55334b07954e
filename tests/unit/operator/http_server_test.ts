import assert from "assert";
import {
  type Authorize,
  type RunningServer,
  startMetrics,
  startProbes,
} from "../../../operator/http_server.ts";
import { OperatorMetrics } from "../../../operator/operator_metrics.ts";

const local = { port: 0, hostname: "127.0.0.1" };

/** Asks a server, and gives the status, the text and the headers. */
async function ask({ port }: RunningServer, path: string, init: RequestInit = {}) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, init);
  return { status: response.status, text: await response.text(), headers: response.headers };
}

function metricsServer(authorize?: Authorize): RunningServer {
  const metrics = new OperatorMetrics({
    queue: () => ({ depth: 3, age: 0 }),
    isLeader: () => true,
    objects: () => [],
  });
  return startMetrics({ ...local, metrics, authorize });
}

Deno.test("a probe is 200 while nothing is wrong, and else 503 with what is", async () => {
  const wrong: { healthz?: string; readyz?: string } = {};
  const server = startProbes({
    ...local,
    healthz: () => wrong.healthz,
    readyz: () => wrong.readyz,
  });
  const answers = async () => {
    const both = await Promise.all(["/healthz", "/readyz"].map((path) => ask(server, path)));
    return both.map(({ status, text }) => `${status} ${text}`);
  };
  try {
    assert.deepEqual(await answers(), ["200 ok\n", "200 ok\n"]);
    wrong.readyz = "the cluster has not been listed yet";
    assert.deepEqual(await answers(), ["200 ok\n", "503 the cluster has not been listed yet\n"]);
    wrong.healthz = "stuck";
    wrong.readyz = undefined;
    assert.deepEqual(await answers(), ["503 stuck\n", "200 ok\n"]);
  } finally {
    await server.stop();
  }
});

Deno.test("the probes' port serves no metrics, and the metrics' port no probes", async () => {
  const probes = startProbes({ ...local, healthz: () => undefined, readyz: () => undefined });
  const metrics = metricsServer();
  try {
    assert.notEqual(probes.port, metrics.port);
    assert.equal((await ask(probes, "/metrics")).status, 404);
    assert.equal((await ask(metrics, "/healthz")).status, 404);
    assert.equal((await ask(metrics, "/")).status, 404);
    assert.equal((await ask(metrics, "/metrics", { method: "POST" })).status, 404);
  } finally {
    await Promise.all([probes.stop(), metrics.stop()]);
  }
});

Deno.test("metrics are Prometheus' text, for anybody where nobody is asked", async () => {
  const server = metricsServer();
  try {
    const { status, text, headers } = await ask(server, "/metrics");
    assert.equal(status, 200);
    assert.match(headers.get("content-type")!, /^text\/plain; version=0\.0\.4/);
    assert.match(text, /^genkitd_queue_depth 3$/m);
  } finally {
    await server.stop();
  }
});

for (
  const [answer, status, text] of [
    ["yes", 200, /^genkitd_queue_depth 3$/m],
    ["unknown", 401, /^a ServiceAccount's token is needed\n$/],
    ["forbidden", 403, /^the token may not get \/metrics\n$/],
    ["failed", 503, /^the token cannot be checked now\n$/],
  ] as const
) {
  Deno.test(`metrics of a token that is "${answer}": ${status}`, async () => {
    const server = metricsServer(() =>
      answer === "failed" ? Promise.reject(new Error("sesame")) : Promise.resolve(answer)
    );
    try {
      const got = await ask(server, "/metrics", { headers: { authorization: "Bearer sesame" } });
      assert.equal(got.status, status);
      assert.match(got.text, text);
      assert.ok(!got.text.includes("sesame"));
      assert.equal(got.headers.get("www-authenticate"), status === 401 ? "Bearer" : null);
    } finally {
      await server.stop();
    }
  });
}

for (
  const [header, token] of [
    ["Bearer sesame", "sesame"],
    ["bearer  sesame", "sesame"],
    ["Basic c2VzYW1l", undefined],
    ["Bearer", undefined],
    ["Bearer two words", undefined],
    [undefined, undefined],
  ] as const
) {
  Deno.test(`of the header "${header}", the token is ${token ?? "none"}`, async () => {
    const seen: (string | undefined)[] = [];
    const server = metricsServer((token) => {
      seen.push(token);
      return Promise.resolve("unknown");
    });
    try {
      await ask(
        server,
        "/metrics",
        header === undefined ? {} : {
          headers: { authorization: header },
        },
      );
      assert.deepEqual(seen, [token]);
    } finally {
      await server.stop();
    }
  });
}

Deno.test("a server that was stopped is gone", async () => {
  const server = metricsServer();
  await server.stop();
  await assert.rejects(ask(server, "/metrics"), TypeError);
});

Deno.test("a port that is taken is named", async () => {
  const server = metricsServer();
  const { port } = server;
  const well = () => undefined;
  try {
    assert.throws(
      () => startProbes({ ...local, port, healthz: well, readyz: well }),
      new Error(`Cannot listen on 127.0.0.1:${port}: the port is in use, it should be free`),
    );
  } finally {
    await server.stop();
  }
});
