import assert from "assert";
import { loadClusterAccess } from "../../../../operator/kubernetes/cluster_access.ts";

/** A folder of kubeconfigs, gone at the end of the scope. */
function kubeconfigs(files: Record<string, unknown>) {
  const folder = Deno.makeTempDirSync();
  for (const [name, content] of Object.entries(files)) {
    const path = `${folder}/${name}`;
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    const text = typeof content === "string" ? content : JSON.stringify(content);
    Deno.writeTextFileSync(path, text);
  }
  return { folder, [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }) };
}

/** A kubeconfig of one context, `one`, and what else its cluster and user have. */
function config({ server = "https://one:6443", cluster = {}, user = {}, context = "one" } = {}) {
  return {
    "current-context": context,
    contexts: [{ name: context, context: { cluster: context, user: context, namespace: "demo" } }],
    clusters: [{ name: context, cluster: { server, ...cluster } }],
    users: [{ name: context, user }],
  };
}

const environment = (variables: Record<string, string> = {}) => (name: string) => variables[name];

Deno.test("--kubeconfig, then $KUBECONFIG, the pod's ServiceAccount, ~/.kube/config", async () => {
  using files = kubeconfigs({
    flag: config({ server: "https://flag:6443" }),
    variable: config({ server: "https://variable:6443" }),
    ".kube/config": config({ server: "https://home:6443" }),
  });
  const variables: Record<string, string> = {
    KUBECONFIG: `${files.folder}/variable`,
    KUBERNETES_SERVICE_HOST: "10.0.0.1",
    HOME: files.folder,
  };
  const load = (kubeconfig?: string) =>
    loadClusterAccess({ kubeconfig, environment: environment(variables) });

  assert.equal((await load(`${files.folder}/flag`)).server, "https://flag:6443");
  assert.equal((await load()).server, "https://variable:6443");
  delete variables.KUBECONFIG;
  await assert.rejects(load(), /^Error: Cannot read the ServiceAccount of this pod: /);
  delete variables.KUBERNETES_SERVICE_HOST;
  assert.equal((await load()).server, "https://home:6443");
  delete variables.HOME;
  await assert.rejects(load(), {
    message:
      "Cannot reach a cluster: there is no --kubeconfig, no $KUBECONFIG, no ServiceAccount " +
      "of a pod and no ~/.kube/config",
  });
});

Deno.test("$KUBECONFIG may list several files; the first current context holds", async () => {
  using files = kubeconfigs({
    a: config({ context: "a", server: "https://a:6443" }),
    b: config({ context: "b", server: "https://b:6443" }),
  });
  const listed = environment({ KUBECONFIG: `${files.folder}/a:${files.folder}/b` });
  assert.equal((await loadClusterAccess({ environment: listed })).server, "https://a:6443");
  const other = await loadClusterAccess({ environment: listed, context: "b" });
  assert.equal(other.server, "https://b:6443");
});

Deno.test("a token, a namespace, a CA and a proxy are those of the context", async () => {
  using files = kubeconfigs({
    config: config({
      cluster: { "certificate-authority": "pki/ca.pem", "proxy-url": "http://proxy:3128" },
      user: { token: "sesame" },
    }),
    "pki/ca.pem": "the CA",
  });
  const access = await loadClusterAccess({
    kubeconfig: `${files.folder}/config`,
    environment: environment(),
  });
  assert.deepEqual(await access.headers(), { Authorization: "Bearer sesame" });
  assert.equal(access.namespace, "demo");
  assert.equal(access.ca, "the CA", "the path is relative to the kubeconfig");
  assert.equal(access.proxy, "http://proxy:3128");
  assert.equal(access.clientCertificate, undefined);
});

Deno.test("a client certificate may stand in the kubeconfig itself", async () => {
  using files = kubeconfigs({
    config: config({
      user: { "client-certificate-data": btoa("cert"), "client-key-data": btoa("key") },
    }),
  });
  const access = await loadClusterAccess({
    kubeconfig: `${files.folder}/config`,
    environment: environment(),
  });
  assert.deepEqual(access.clientCertificate, { cert: "cert", key: "key" });
});

Deno.test("plain HTTP works, as of kubectl proxy", async () => {
  using files = kubeconfigs({ config: config({ server: "http://127.0.0.1:8001" }) });
  const kubeconfig = `${files.folder}/config`;
  const access = await loadClusterAccess({ kubeconfig, environment: environment() });
  assert.equal(access.server, "http://127.0.0.1:8001");
  assert.deepEqual(await access.headers(), {});
});

Deno.test("a token file is read, relative to the kubeconfig", async () => {
  using files = kubeconfigs({
    config: config({ user: { token: "old", tokenFile: "token" } }),
    token: "from-file\n",
  });
  const kubeconfig = `${files.folder}/config`;
  const { headers } = await loadClusterAccess({ kubeconfig, environment: environment() });
  assert.equal(new Headers(await headers()).get("authorization"), "Bearer from-file");
});

Deno.test("an exec plugin gives the token, and is asked again only once it has expired", async () => {
  const credential = (expirationTimestamp: string) => `
    n=$(cat "$COUNT" 2>/dev/null || echo 0); n=$((n + 1)); echo $n > "$COUNT"
    echo '{"status":{"token":"'$n'","expirationTimestamp":"${expirationTimestamp}"}}'`;
  for (
    const [expiry, kept] of [["2999-01-01T00:00:00Z", true], [
      "2001-01-01T00:00:00Z",
      false,
    ]] as const
  ) {
    using files = kubeconfigs({});
    const exec = {
      apiVersion: "client.authentication.k8s.io/v1",
      command: "sh",
      args: ["-c", credential(expiry)],
      env: [{ name: "COUNT", value: `${files.folder}/count` }],
    };
    const kubeconfig = `${files.folder}/config`;
    Deno.writeTextFileSync(kubeconfig, JSON.stringify(config({ user: { exec } })));
    const { headers } = await loadClusterAccess({ kubeconfig, environment: environment() });
    const [first, second] = [(await headers()).Authorization, (await headers()).Authorization];
    assert.match(first!, /^Bearer [0-9]+$/);
    assert.equal(first === second, kept);
  }
});

Deno.test("an exec plugin that fails says why; what it gave is not quoted", async () => {
  for (
    const [script, message] of [
      ["echo '{sesame'", "the exec plugin's answer is no JSON"],
      ["echo 'log in first' >&2; exit 1", "log in first\n"],
    ] as const
  ) {
    const exec = { command: "sh", args: ["-c", script] };
    using files = kubeconfigs({ config: config({ user: { exec } }) });
    const kubeconfig = `${files.folder}/config`;
    const failed = loadClusterAccess({ kubeconfig, environment: environment() });
    const error = await failed.then(() => assert.fail("it is read"), (error: Error) => error);
    assert.equal(
      error.message,
      `Cannot use the kubeconfig "${kubeconfig}": there are no credentials: ${message}`,
    );
    assert.ok(!Deno.inspect(error).includes("sesame"), Deno.inspect(error));
  }
});

Deno.test("a kubeconfig that cannot be read is not quoted: it holds credentials", async () => {
  using files = kubeconfigs({ config: "users:\n- user: {token: sesame, a: [}" });
  const kubeconfig = `${files.folder}/config`;
  const failed = loadClusterAccess({ kubeconfig, environment: environment() });
  const error = await failed.then(() => assert.fail("it is read"), (error: Error) => error);
  assert.match(error.message, /^Cannot read the kubeconfig/);
  assert.ok(!Deno.inspect(error).includes("sesame"), Deno.inspect(error));
});

for (
  const [what, content, message] of [
    [
      "is missing",
      undefined,
      /^Cannot read the kubeconfig ".*\/config": No such file or directory$/,
    ],
    ["is no YAML", "a: [", /^Cannot read the kubeconfig ".*\/config": /],
    [
      "has no such context",
      config(),
      /^Cannot use the kubeconfig ".*": its context is "two", should be one of its contexts: "one"$/,
    ],
    [
      "skips verification",
      config({ context: "two", cluster: { "insecure-skip-tls-verify": true } }),
      /insecure-skip-tls-verify is set for cluster "two", should be its certificate-authority$/,
    ],
    [
      "wants another server name",
      config({ context: "two", cluster: { "tls-server-name": "other" } }),
      /tls-server-name is "other" for cluster "two", should be absent/,
    ],
    [
      "lacks the cluster",
      { ...config({ context: "two" }), clusters: [] },
      /the cluster of context "two" is missing$/,
    ],
  ] as const
) {
  Deno.test(`a kubeconfig that ${what} is refused`, async () => {
    using files = kubeconfigs(content === undefined ? {} : { config: content });
    const kubeconfig = `${files.folder}/config`;
    await assert.rejects(
      loadClusterAccess({ kubeconfig, context: "two", environment: environment() }),
      (error: Error) => message.test(error.message) || assert.fail(error.message),
    );
  });
}
