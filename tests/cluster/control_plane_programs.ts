import type { ClusterBinaries } from "./binaries.ts";
import type { SupervisedProgramOptions } from "./supervised_program.ts";

/** What the flags of a control plane's programs depend on. */
export interface ControlPlaneLayout {
  binaries: ClusterBinaries;
  /** The private folder of all its files. */
  folder: string;
  /** The address that the API server listens at. */
  bindAddress: string;
  /** How much of each request the audit log holds; there is none where absent. */
  audit: AuditLevel | undefined;
  /** Whether pods get the token of their ServiceAccount. */
  serviceAccounts: boolean;
}

/** How much of a request is in the audit log. */
export type AuditLevel = "Metadata" | "Request" | "RequestResponse";

/** The files of a control plane, by what they hold. */
export function controlPlaneFiles(folder: string) {
  return {
    kubeconfig: `${folder}/kubeconfig`,
    tokens: `${folder}/tokens.csv`,
    certificates: `${folder}/certificates`,
    apiServerCertificate: `${folder}/certificates/apiserver.crt`,
    controllersCertificate: `${folder}/certificates/kube-controller-manager.crt`,
    ca: `${folder}/ca.crt`,
    serviceAccountPrivateKey: `${folder}/service-account.key`,
    serviceAccountPublicKey: `${folder}/service-account.pub`,
    auditPolicy: `${folder}/audit-policy.json`,
    auditLog: `${folder}/audit.log`,
    etcdSocket: `${folder}/etcd.sock`,
  };
}

/** The controllers that make Flows run: from a Deployment to its Pods and their addresses. */
export const WORKLOAD_CONTROLLERS = [
  "deployment",
  "replicaset",
  "endpointslice",
  "job",
  "cronjob",
  "garbagecollector",
  "disruption",
  "horizontalpodautoscaling",
  "namespace",
  "serviceaccount",
  "root-ca-certificate-publisher-controller",
];

/** etcd, which nobody but the API server reaches: it listens at sockets in the folder. */
export function etcdProgram({ binaries, folder }: ControlPlaneLayout): SupervisedProgramOptions {
  // etcd refuses to advertise a socket. Nobody reads it: there are no peers.
  const advertised = "http://127.0.0.1:2380";
  return {
    command: binaries.etcd,
    args: [
      `--data-dir=${folder}/etcd`,
      `--listen-client-urls=unix://${controlPlaneFiles(folder).etcdSocket}`,
      `--advertise-client-urls=${advertised}`,
      `--listen-peer-urls=unix://${folder}/etcd-peers.sock`,
      `--initial-advertise-peer-urls=${advertised}`,
      `--initial-cluster=default=${advertised}`,
      "--unsafe-no-fsync",
      "--log-level=warn",
    ],
    log: `${folder}/etcd.log`,
    folder,
  };
}

/** The API server, with the admission that a careful cluster has. */
export function apiServerProgram(
  { binaries, folder, bindAddress, audit, serviceAccounts }: ControlPlaneLayout,
  port: number,
): SupervisedProgramOptions {
  const files = controlPlaneFiles(folder);
  return {
    command: binaries.kubeApiserver,
    args: [
      `--etcd-servers=unix://${files.etcdSocket}`,
      `--bind-address=${bindAddress}`,
      `--advertise-address=${bindAddress}`,
      `--secure-port=${port}`,
      `--cert-dir=${files.certificates}`,
      `--token-auth-file=${files.tokens}`,
      `--service-account-key-file=${files.serviceAccountPublicKey}`,
      `--service-account-signing-key-file=${files.serviceAccountPrivateKey}`,
      "--service-account-issuer=https://kubernetes.default.svc",
      // A /24 runs out at 253 Services.
      "--service-cluster-ip-range=10.0.0.0/16",
      "--authorization-mode=RBAC",
      "--enable-admission-plugins=OwnerReferencesPermissionEnforcement",
      ...serviceAccounts ? [] : [
        // It would refuse pods in namespaces whose ServiceAccount no controller has made yet.
        "--disable-admission-plugins=ServiceAccount",
        // Nobody reaches the API server through its Service, and loopback addresses are no endpoints.
        "--endpoint-reconciler-type=none",
      ],
      "--allow-privileged=true",
      "--profiling=false",
      ...(audit === undefined
        ? []
        : [`--audit-policy-file=${files.auditPolicy}`, `--audit-log-path=${files.auditLog}`]),
    ],
    log: `${folder}/kube-apiserver.log`,
    folder,
  };
}

/** kube-controller-manager, fast enough for thousands of Deployments. */
export function controllersProgram(
  { binaries, folder }: ControlPlaneLayout,
  controllers: readonly string[],
  port: number,
): SupervisedProgramOptions {
  const files = controlPlaneFiles(folder);
  return {
    command: binaries.kubeControllerManager,
    args: [
      `--kubeconfig=${files.kubeconfig}`,
      `--controllers=${controllers.join(",")}`,
      "--leader-elect=false",
      "--bind-address=127.0.0.1",
      `--secure-port=${port}`,
      `--cert-dir=${files.certificates}`,
      `--root-ca-file=${files.ca}`,
      `--service-account-private-key-file=${files.serviceAccountPrivateKey}`,
      // 20 calls a second, the default, make 1,000 Deployments take minutes.
      "--kube-api-qps=2000",
      "--kube-api-burst=4000",
      "--concurrent-deployment-syncs=16",
      "--concurrent-replicaset-syncs=16",
      "--concurrent-service-endpoint-syncs=16",
      "--horizontal-pod-autoscaler-sync-period=1s",
    ],
    log: `${folder}/kube-controller-manager.log`,
    folder,
  };
}
