import { clusterBinaries } from "./binaries.ts";
import {
  apiServerProgram,
  type AuditLevel,
  controllersProgram,
  controlPlaneFiles,
  type ControlPlaneLayout,
  etcdProgram,
  WORKLOAD_CONTROLLERS,
} from "./control_plane_programs.ts";
import { kubeconfigOf } from "./kubeconfig.ts";
import { createKubectl, type Kubectl } from "./kubectl.ts";
import { startSecureServer } from "./secure_server.ts";
import { createServiceAccountKey } from "./service_account_key.ts";
import { startSupervisedProgram } from "./supervised_program.ts";
import { until } from "./until.ts";

/** What a test wants of its control plane. */
export interface ControlPlaneOptions {
  /** Runs kube-controller-manager: with the controllers of workloads, or with those named. */
  controllers?: boolean | string[] | undefined;
  /** Writes each request to the audit log, as much of it as the level says. */
  audit?: AuditLevel | undefined;
  /** The address that the API server listens at; `"127.0.0.1"` where absent. */
  bindAddress?: string | undefined;
  /**
   * Whether pods get the token of their ServiceAccount and reach the API server through its Service,
   * as in every real cluster; needs the controllers, and a `bindAddress` that pods can reach.
   */
  serviceAccounts?: boolean | undefined;
}

/** A real control plane, of one test file. */
export interface ControlPlane extends AsyncDisposable {
  /** Such as `"https://127.0.0.1:12345"`; it stays over restarts. */
  readonly url: string;
  /** The certificate that the API server's is signed with, as PEM. */
  readonly ca: string;
  /** A token of the group system:masters. */
  readonly adminToken: string;
  /** The path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  /** The private folder, which also has the programs' logs. */
  readonly folder: string;
  /** The path of the audit log, a JSON line an event. */
  readonly auditLog: string;
  readonly kubectl: Kubectl;
  /** Sends a request to a path of the API server, as the administrator unless a token is given. */
  fetch(path: string, init?: RequestInit, token?: string): Promise<Response>;
  /** A token of a ServiceAccount, from the API server itself. Throws an Error where it is refused. */
  serviceAccountToken(namespace: string, name: string): Promise<string>;
  /** Writes a kubeconfig for a token, and gives its path. */
  kubeconfigFor(token: string): Promise<string>;
  /** Kills the API server, as a crash would. */
  stopApiServer(): Promise<void>;
  /** Starts the API server that was stopped; resolves when it is ready. */
  startApiServer(): Promise<void>;
  /** Kills the API server and starts it again; resolves when it is ready. */
  restartApiServer(): Promise<void>;
  /** Halts the API server: connections stay open and nothing is answered. */
  pauseApiServer(): Promise<void>;
  resumeApiServer(): void;
  /** Kills all programs and removes the folder; once, however often it is called. */
  stop(): Promise<void>;
}

/**
 * Starts etcd and kube-apiserver, and kube-controller-manager where it is wanted; resolves when the
 * API server is ready. Nothing of it outlives the test's process. Throws an Error where a program is
 * missing or ends too early.
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const { bindAddress = "127.0.0.1", audit, serviceAccounts = false } = options;
  const binaries = await clusterBinaries();
  const folder = await Deno.makeTempDir({ prefix: "genkitd-cluster-" });
  const layout: ControlPlaneLayout = { binaries, folder, bindAddress, audit, serviceAccounts };
  const files = controlPlaneFiles(folder);
  const adminToken = crypto.randomUUID();
  const programs: { kill(): Promise<void> }[] = [];
  let client: Deno.HttpClient | undefined;
  const end = async () => {
    client?.close();
    await Promise.all(programs.map((program) => program.kill()));
    await Deno.remove(folder, { recursive: true });
  };
  let ended: Promise<void> | undefined;
  const stop = () => ended ??= end();

  try {
    await writeFiles(layout, adminToken);
    const etcd = startSupervisedProgram(etcdProgram(layout));
    programs.push(etcd);
    // The API server started before would wait for seconds until it tries again.
    await until(etcd, () => Deno.stat(files.etcdSocket));
    const apiServer = await startSecureServer({
      program: (port) => apiServerProgram(layout, port),
      address: bindAddress,
      certificate: files.apiServerCertificate,
      // That namespace is made after the server has said that it is ready.
      readyPaths: ["/readyz", "/api/v1/namespaces/default"],
      token: adminToken,
    });
    programs.push(apiServer);
    const { url, ca } = apiServer;
    client = Deno.createHttpClient({ caCerts: [ca] });
    await Deno.writeTextFile(files.ca, ca);
    await Deno.writeTextFile(files.kubeconfig, kubeconfigOf({ url, ca, token: adminToken }));
    const controllers = options.controllers === true ? WORKLOAD_CONTROLLERS : options.controllers;
    if (controllers) {
      programs.push(
        await startSecureServer({
          program: (port) => controllersProgram(layout, controllers, port),
          address: "127.0.0.1",
          certificate: files.controllersCertificate,
          readyPaths: ["/healthz"],
        }),
      );
    }

    const send = (path: string, init: RequestInit = {}, token = adminToken) => {
      const headers = new Headers(init.headers);
      headers.set("authorization", `Bearer ${token}`);
      return fetch(url + path, { ...init, headers, client });
    };
    return {
      url,
      ca,
      adminToken,
      kubeconfig: files.kubeconfig,
      folder,
      auditLog: files.auditLog,
      kubectl: createKubectl({
        command: binaries.kubectl,
        kubeconfig: files.kubeconfig,
        home: folder,
      }),
      fetch: send,
      serviceAccountToken: (namespace, name) => requestToken(send, namespace, name),
      kubeconfigFor: async (token) => {
        const path = `${folder}/kubeconfig-${crypto.randomUUID()}`;
        await Deno.writeTextFile(path, kubeconfigOf({ url, ca, token }), { mode: 0o600 });
        return path;
      },
      stopApiServer: () => apiServer.kill(),
      startApiServer: () => apiServer.start(),
      restartApiServer: async () => {
        await apiServer.kill();
        await apiServer.start();
      },
      pauseApiServer: () => apiServer.pause(),
      resumeApiServer: () => apiServer.resume(),
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function writeFiles(layout: ControlPlaneLayout, adminToken: string): Promise<void> {
  const files = controlPlaneFiles(layout.folder);
  const { privateKey, publicKey } = await createServiceAccountKey();
  const policy = {
    apiVersion: "audit.k8s.io/v1",
    kind: "Policy",
    omitStages: ["RequestReceived"],
    rules: [{ level: layout.audit }],
  };
  await Promise.all([
    Deno.writeTextFile(files.serviceAccountPrivateKey, privateKey),
    Deno.writeTextFile(files.serviceAccountPublicKey, publicKey),
    Deno.writeTextFile(files.tokens, `${adminToken},admin,admin,"system:masters"\n`),
    layout.audit && Deno.writeTextFile(files.auditPolicy, JSON.stringify(policy)),
  ]);
}

async function requestToken(
  send: ControlPlane["fetch"],
  namespace: string,
  name: string,
): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
  const response = await send(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: { expirationSeconds: 24 * 3600 },
    }),
  });
  const answer: { message?: string; status: { token: string } } = await response.json();
  if (!response.ok) {
    throw new Error(
      `Cannot get a token of ServiceAccount "${namespace}/${name}": ` +
        `${response.status} ${answer.message}`,
    );
  }
  return answer.status.token;
}
