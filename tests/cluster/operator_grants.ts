/** What the operator may do, and what it may not, in the form of access_review.ts. */
export interface OperatorGrants {
  may: string[];
  mayNot: string[];
}

const CRDS = [
  "pluginconfigs",
  "models",
  "prompts",
  "tools",
  "flows",
  "flowsets",
  "datasets",
  "evals",
]
  .map((plural) => `${plural}.genkit.dev`);
const SOURCES = "flowsources.genkit.dev";
const CHILDREN = [
  ...["configmaps", "services", "deployments.apps", "networkpolicies.networking.k8s.io"],
  ...["horizontalpodautoscalers.autoscaling", "poddisruptionbudgets.policy", "cronjobs.batch"],
];
const READ = [...CRDS, SOURCES, ...CHILDREN, "jobs.batch", "pods", "replicasets.apps"];

/** What an operator may do in each namespace where it acts. */
const ACTS = [
  ...["get", "list", "watch"].flatMap((verb) => READ.map((target) => `${verb} ${target}`)),
  ...["create", "patch", "delete"].flatMap((verb) =>
    [...CHILDREN, ...CRDS].map((target) => `${verb} ${target}`)
  ),
  `patch ${SOURCES}`,
  ...["create jobs.batch", "delete jobs.batch", "get secrets"],
  ...["create events.events.k8s.io", "patch events.events.k8s.io"],
  ...[...CRDS, SOURCES].map((target) => `patch ${target}/status`),
  ...["flows", "flowsets", "evals"].map((plural) => `update ${plural}.genkit.dev/finalizers`),
];

/** What no operator may do, in no namespace. */
const NEVER = [
  ...["create secrets", "update secrets", "patch secrets", "delete secrets"],
  ...["create pods", "delete pods", "create pods/exec", "get pods/log", "create pods/eviction"],
  ...["update", "deletecollection"].flatMap((verb) => CRDS.map((each) => `${verb} ${each}`)),
  ...["create", "update", "delete"].map((verb) => `${verb} ${SOURCES}`),
  ...["update flows.genkit.dev/status", "update prompts.genkit.dev/finalizers"],
  ...["deletecollection configmaps", "update deployments.apps", "patch replicasets.apps"],
  ...["patch jobs.batch", "create serviceaccounts", "create serviceaccounts/token"],
  ...["escalate roles.rbac.authorization.k8s.io", "bind roles.rbac.authorization.k8s.io"],
  ...["create roles.rbac.authorization.k8s.io", "patch rolebindings.rbac.authorization.k8s.io"],
  ...["list leases.coordination.k8s.io", "patch leases.coordination.k8s.io"],
  ...["delete leases.coordination.k8s.io", "update leases.coordination.k8s.io"],
  ...["escalate clusterroles.rbac.authorization.k8s.io", "impersonate users", "get nodes"],
  ...["impersonate serviceaccounts", "impersonate groups"],
  ...["bind clusterroles.rbac.authorization.k8s.io", "create namespaces", "list namespaces"],
  ...["patch customresourcedefinitions.apiextensions.k8s.io"],
  ...["create tokenreviews.authentication.k8s.io"],
];

/**
 * Gives what an operator in the namespace `home` may do: there where it is namespaced, else
 * everywhere. The cluster has the namespaces "demo" and "genkit" besides.
 */
export function operatorGrants(
  { home, namespaced }: { home: string; namespaced: boolean },
): OperatorGrants {
  const secrets = ["list secrets", "watch secrets"];
  const at = (namespaces: string[], acts: string[]) =>
    namespaces.flatMap((namespace) => acts.map((act) => `${act} @${namespace}`));
  return {
    may: [
      ...namespaced ? at([home], [...ACTS, ...secrets]) : at(["", "demo", "genkit"], ACTS),
      ...namespaced
        ? []
        : ["get leases.coordination.k8s.io#e32735a5.genkit.dev @genkit-operator-system"],
      `create leases.coordination.k8s.io @${home}`,
      `get leases.coordination.k8s.io#genkitd-operator @${home}`,
      `update leases.coordination.k8s.io#genkitd-operator @${home}`,
    ],
    mayNot: [
      ...at(["", "demo"], namespaced ? [...ACTS, ...secrets] : secrets),
      ...at(["", "demo", "genkit", "kube-system"], NEVER),
      `update leases.coordination.k8s.io#other @${home}`,
      "create leases.coordination.k8s.io @demo",
      "get leases.coordination.k8s.io#genkitd-operator @demo",
    ],
  };
}
