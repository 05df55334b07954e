import assert from "assert";
import { resources } from "../../operator/kubernetes/resources.ts";
import { clusterBinaries } from "../cluster/binaries.ts";
import { ClusterClient } from "../cluster/cluster_client.ts";
import { startTestCluster, type TestCluster } from "./cluster/test_cluster.ts";
import { testIsolated } from "./cluster/test_isolated.ts";
import type { ContainerStatus } from "./kubelet/pod.ts";
import { SHELL, shellPod } from "./kubelet/shell_pod.ts";

const prepare = { prepare: clusterBinaries };

/** A test cluster with an image that runs a line of shell. */
function startCluster(): Promise<TestCluster> {
  return startTestCluster({ images: { shell: SHELL }, backoff: { initial: 500, max: 2_000 } });
}

/** Waits until a field of a pod has a value. */
async function until({ controlPlane }: TestCluster, pod: string, path: string, value: string) {
  const condition = `--for=jsonpath={${path}}=${value}`;
  await controlPlane.kubectl(["wait", condition, `pod/${pod}`, "--timeout=5m"]);
}

async function containerOf({ controlPlane }: TestCluster, pod: string): Promise<ContainerStatus> {
  const { stdout } = await controlPlane.kubectl(["get", "pod", pod, "-o", "json"]);
  return JSON.parse(stdout).status.containerStatuses[0];
}

/** Waits until a pod's container was started again so often, or more often. */
async function restarted({ controlPlane }: TestCluster, name: string, times: number) {
  await using seen = new ClusterClient(controlPlane);
  await seen.until(resources.Pod, { namespace: "default", name }, (pod) => {
    const status = pod?.status as { containerStatuses?: ContainerStatus[] } | undefined;
    return (status?.containerStatuses?.[0]?.restartCount ?? 0) >= times;
  });
}

const main = (field: string) => `.status.containerStatuses[0].${field}`;

/** Waits until a pod has run to its end and gives what it printed. */
async function printed(cluster: TestCluster, pod: string): Promise<string> {
  await until(cluster, pod, ".status.phase", "Succeeded");
  return cluster.kubelet.logs("default", pod);
}

testIsolated(import.meta, "kubelet: variables, identity and address", async () => {
  await using cluster = await startCluster();
  await cluster.apply(
    { apiVersion: "v1", kind: "Secret", metadata: { name: "s" }, stringData: { KEY: "secret" } },
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c" }, data: { A: "of c", B: "b" } },
    shellPod("env", "env | sort; id -u; cat /proc/net/fib_trie | grep -m1 10.99.1; touch /x", {
      envFrom: [
        { configMapRef: { name: "c" } },
        { secretRef: { name: "s" }, prefix: "S_" },
        { secretRef: { name: "none", optional: true } },
      ],
      env: [
        { name: "A", value: "own" },
        { name: "SAID", value: "$(A) and $(NOBODY) and $$(A)" },
        { name: "ONE", valueFrom: { secretKeyRef: { name: "s", key: "KEY" } } },
        { name: "NONE", valueFrom: { secretKeyRef: { name: "s", key: "none", optional: true } } },
        { name: "NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
        { name: "IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
      ],
      securityContext: { readOnlyRootFilesystem: true },
    }, { restartPolicy: "Never" }),
  );
  await until(cluster, "env", ".status.phase", "Failed");
  const output = cluster.kubelet.logs("default", "env");
  for (
    const line of [
      ...["A=own", "B=b", "S_KEY=secret", "SAID=own and $(NOBODY) and $(A)", "ONE=secret"],
      ...["NAME=env", "IP=10.99.1.1", "HOSTNAME=env", "65532"],
    ]
  ) assert.ok(output.split("\n").includes(line), `${line} in ${output}`);
  assert.doesNotMatch(output, /^(NONE|GENKITD\w*|TMPDIR)=/m);
  assert.match(output, /10\.99\.1\.\d/);
  assert.match(output, /touch: .*Read-only file system/);
}, prepare);

testIsolated(import.meta, "kubelet: Services, names and the ServiceAccount", async (t) => {
  await using cluster = await startCluster();
  const folder = "/var/run/secrets/kubernetes.io/serviceaccount";
  const web = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "my-web", namespace: "default" },
    spec: { clusterIP: "10.0.7.7", selector: { app: "web" }, ports: [{ name: "http", port: 80 }] },
  };
  const look = `env; getent ahostsv4 kubernetes.default.svc; getent ahostsv4 my-web; ` +
    `getent ahostsv4 my-web.other || echo none; stat -Lc '%a %u %g' ${folder}/token; ` +
    `cat ${folder}/namespace; head -1 ${folder}/ca.crt`;
  // A kubelet and a cluster's DNS know a Service some time after it was made.
  const known = 'getent ahostsv4 my-web && [ "$MY_WEB_SERVICE_HOST" ] || exit 1; ';
  const ended = { restartPolicy: "OnFailure" } as const;
  const user = { securityContext: { runAsUser: 65532, fsGroup: 65532 } };

  await t.step("are there in every pod", async () => {
    await cluster.apply(web);
    await cluster.apply(shellPod("looks", known + look, {}, { ...ended, ...user }));
    const output = await printed(cluster, "looks");
    for (
      const line of [
        ...["KUBERNETES_SERVICE_HOST=10.0.0.1", "KUBERNETES_SERVICE_PORT_HTTPS=443"],
        ...["MY_WEB_SERVICE_HOST=10.0.7.7", "MY_WEB_PORT_80_TCP=tcp://10.0.7.7:80"],
        ...["none", "640 65532 65532", "default-----BEGIN CERTIFICATE-----"],
      ]
    ) assert.ok(output.split("\n").includes(line), `${line} in ${output}`);
    assert.match(output, /^10\.0\.0\.1 +STREAM/m);
    assert.match(output, /^10\.0\.7\.7 +STREAM/m);
  });

  await t.step("are not, but for the API server's, where a pod wants none", async () => {
    const without = { enableServiceLinks: false, automountServiceAccountToken: false };
    await cluster.apply(
      shellPod("none", `env; ls ${folder} || echo none`, {}, { ...ended, ...without }),
    );
    const output = await printed(cluster, "none");
    assert.match(output, /^KUBERNETES_SERVICE_PORT=443$/m);
    assert.doesNotMatch(output, /MY_WEB/);
    assert.match(output, /^none$/m);
  });
}, prepare);

testIsolated(
  import.meta,
  "kubelet: volumes follow their objects, a subPath does not",
  async (t) => {
    await using cluster = await startCluster();
    const { kubectl } = cluster.controlPlane;
    const configMap = (text: string) => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "c" },
      data: { "a.b": text, old: text },
    });
    const look = "readlink /genkit/..data | cut -c1-10; cat /genkit/deep/a /sub /genkit/key; echo";
    await cluster.apply(
      configMap("one"),
      { apiVersion: "v1", kind: "Secret", metadata: { name: "s" }, stringData: { KEY: "secret" } },
      shellPod(
        "volumes",
        `${look}; while ! grep -q two /genkit/deep/a; do sleep 0.05; done; ${look}; ls /tmp; ` +
          "touch /tmp/mine && ls /tmp; touch /genkit/x",
        {
          volumeMounts: [
            { name: "genkit", mountPath: "/genkit" },
            { name: "plain", mountPath: "/sub", subPath: "old" },
            { name: "tmp", mountPath: "/tmp" },
          ],
        },
        {
          restartPolicy: "Never",
          volumes: [
            { name: "tmp", emptyDir: {} },
            { name: "plain", configMap: { name: "c" } },
            {
              name: "genkit",
              projected: {
                sources: [
                  { configMap: { name: "c", items: [{ key: "a.b", path: "deep/a" }] } },
                  { secret: { name: "s", items: [{ key: "KEY", path: "key" }] } },
                  { secret: { name: "none", optional: true, items: [{ key: "k", path: "k" }] } },
                ],
              },
            },
          ],
        },
      ),
    );
    await cluster.kubelet.saw("default", "volumes", /oneonesecret/);
    await cluster.apply(configMap("two"));
    await until(cluster, "volumes", ".status.phase", "Failed");
    assert.match(
      cluster.kubelet.logs("default", "volumes"),
      /^\.\.version_\noneonesecret\n\.\.version_\ntwoonesecret\nmine\ntouch: .*Read-only/,
    );

    await t.step("a Secret that is missing and not optional keeps the pod waiting", async () => {
      const volume = { name: "v", secret: { secretName: "later" } };
      const mount = { volumeMounts: [{ name: "v", mountPath: "/v" }] };
      await cluster.apply(shellPod("waits", "cat /v/KEY", mount, {
        restartPolicy: "Never",
        volumes: [volume],
      }));
      await until(cluster, "waits", ".status.podIP", "10.99.1.2");
      const { state } = await containerOf(cluster, "waits");
      assert.equal(state.waiting?.reason, "ContainerCreating");
      await kubectl(["create", "secret", "generic", "later", "--from-literal=KEY=came"]);
      assert.equal(await printed(cluster, "waits"), "came");
    });
  },
  prepare,
);

testIsolated(import.meta, "kubelet: what keeps a container from starting", async (t) => {
  await using cluster = await startCluster();
  const { kubectl } = cluster.controlPlane;
  const reason = main("state.waiting.reason");

  await t.step("an image that is not there, until it is", async () => {
    await cluster.apply(
      shellPod("pull", "echo pulled", { image: "later" }, { restartPolicy: "Never" }),
    );
    await until(cluster, "pull", reason, "ImagePullBackOff");
    cluster.images.later = SHELL;
    assert.equal(await printed(cluster, "pull"), "pulled\n");
  });

  await t.step("a variable of a ConfigMap that is not there, until it is", async () => {
    const env = [{ name: "A", valueFrom: { configMapKeyRef: { name: "later", key: "a" } } }];
    await cluster.apply(shellPod("config", "echo $A", { env }, { restartPolicy: "Never" }));
    await until(cluster, "config", reason, "CreateContainerConfigError");
    const { state } = await containerOf(cluster, "config");
    assert.equal(state.waiting?.message, 'configmap "later" not found');
    await kubectl(["create", "configmap", "later", "--from-literal=a=came"]);
    assert.equal(await printed(cluster, "config"), "came\n");
  });

  await t.step("a program that crashes", async () => {
    await cluster.apply(shellPod("crash", "echo my last words; exit 3", {
      terminationMessagePolicy: "FallbackToLogsOnError",
    }));
    await until(cluster, "crash", reason, "CrashLoopBackOff");
    await restarted(cluster, "crash", 3);
    const { lastState } = await containerOf(cluster, "crash");
    assert.equal(lastState.terminated?.exitCode, 3);
    assert.equal(lastState.terminated?.message, "my last words\n");
  });
}, prepare);

testIsolated(import.meta, "kubelet: probes", async (t) => {
  await using cluster = await startCluster();
  const every = { periodSeconds: 1, timeoutSeconds: 1, failureThreshold: 2 };
  const file = (path: string) => ({ ...every, exec: { command: ["test", "-e", path] } });
  const started = main("started");

  await t.step("readiness is asked after startup, and makes the pod ready or not", async () => {
    await cluster.apply(shellPod(
      "ready",
      "mkfifo /tmp/go; echo up; cat /tmp/go; touch /tmp/up; cat /tmp/go; touch /tmp/ready; cat /tmp/go; " +
        "rm /tmp/ready; sleep infinity",
      {
        startupProbe: { ...file("/tmp/up"), failureThreshold: 100 },
        readinessProbe: file("/tmp/ready"),
      },
    ));
    await cluster.kubelet.saw("default", "ready", /up/);
    const { pids } = cluster.kubelet.running("default", "ready")!;
    const go = () => Deno.writeTextFile(`/proc/${pids.main}/root/tmp/go`, "");
    assert.equal((await containerOf(cluster, "ready")).started, false);
    await go();
    await until(cluster, "ready", started, "true");
    assert.equal((await containerOf(cluster, "ready")).ready, false);
    await go();
    await until(cluster, "ready", main("ready"), "true");
    await go();
    await until(cluster, "ready", main("ready"), "false");
    assert.equal((await containerOf(cluster, "ready")).restartCount, 0);
  });

  await t.step("a liveness or startup probe that fails restarts the container", async () => {
    const http = { ...every, httpGet: { path: "/healthz", port: 8080 } };
    const tcp = { ...every, tcpSocket: { port: "web" } };
    const ports = [{ name: "web", containerPort: 8080 }];
    await cluster.apply(
      shellPod("alive", "sleep infinity", { livenessProbe: http }),
      shellPod("startup", "sleep infinity", { startupProbe: tcp, ports }),
    );
    await restarted(cluster, "alive", 1);
    await restarted(cluster, "startup", 1);
    const { lastState } = await containerOf(cluster, "alive");
    // A shell's `sleep` ends by the signal: there is no grace to wait out.
    assert.equal(lastState.terminated?.exitCode, 143);
  });
}, prepare);

testIsolated(import.meta, "kubelet: ends, restart policies and Jobs", async (t) => {
  await using cluster = await startCluster();
  const { kubectl } = cluster.controlPlane;

  await t.step("preStop, then SIGTERM, then SIGKILL, then the pod is gone", async () => {
    const hook = ["touch", "/tmp/hook"];
    await cluster.apply(
      shellPod("stubborn", "trap 'ls /tmp' TERM; echo up; while :; do sleep 0.1; done", {
        lifecycle: { preStop: { exec: { command: hook } } },
      }, { terminationGracePeriodSeconds: 5 }),
    );
    await cluster.kubelet.saw("default", "stubborn", /up/);
    const { pids } = cluster.kubelet.running("default", "stubborn")!;
    await kubectl(["delete", "pod", "stubborn"]);
    assert.equal(cluster.kubelet.logs("default", "stubborn"), "up\nhook\n");
    assert.throws(() => Deno.kill(pids.main!, "SIGCONT"), Deno.errors.NotFound);
  });

  await t.step("what a program leaves running ends with it", async () => {
    await cluster.apply(shellPod("parent", "sleep 1234567 & echo up; sleep infinity"));
    await cluster.kubelet.saw("default", "parent", /up/);
    await kubectl(["delete", "pod", "parent"]);
    const commands = [...Deno.readDirSync("/proc")].filter(({ name }) => /^\d+$/.test(name))
      .map(({ name }) => Deno.readTextFileSync(`/proc/${name}/cmdline`));
    assert.ok(!commands.some((command) => command.includes("1234567")));
  });

  await t.step("Jobs complete and fail", async () => {
    const job = (name: string, line: string, restartPolicy: "Never" | "OnFailure") => ({
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name },
      spec: {
        backoffLimit: 0,
        template: { spec: shellPod(name, line, {}, { restartPolicy }).spec },
      },
    });
    await cluster.apply(job("good", "exit 0", "OnFailure"), job("bad", "exit 1", "Never"));
    await kubectl(["wait", "--for=condition=Complete", "job/good", "--timeout=5m"]);
    await kubectl(["wait", "--for=condition=Failed", "job/bad", "--timeout=5m"]);
  });

  await t.step("a restart of the API server", async () => {
    await cluster.controlPlane.restartApiServer();
    await cluster.apply(shellPod("after", "echo there", {}, { restartPolicy: "Never" }));
    assert.equal(await printed(cluster, "after"), "there\n");
  });
}, prepare);
