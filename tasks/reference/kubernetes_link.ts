/** The newest version of Kubernetes that genkitd is for: its reference is what pages link to. */
const VERSION = "v1.35";

/**
 * The fields whose types are Kubernetes' own, with the type's name and its anchor in Kubernetes'
 * reference of all types.
 */
const TYPES: Record<string, [name: string, anchor: string]> = {
  "env": ["EnvVar", "envvar-v1-core"],
  "resources": ["ResourceRequirements", "resourcerequirements-v1-core"],
  "imagePullSecrets": ["LocalObjectReference", "localobjectreference-v1-core"],
  "tolerations": ["Toleration", "toleration-v1-core"],
  "affinity": ["Affinity", "affinity-v1-core"],
  "topologySpreadConstraints": ["TopologySpreadConstraint", "topologyspreadconstraint-v1-core"],
  "podSecurityContext": ["PodSecurityContext", "podsecuritycontext-v1-core"],
  "securityContext": ["SecurityContext", "securitycontext-v1-core"],
  "volumes": ["Volume", "volume-v1-core"],
  "volumeMounts": ["VolumeMount", "volumemount-v1-core"],
  "autoscaling.metrics": ["MetricSpec", "metricspec-v2-autoscaling"],
  "autoscaling.behavior": [
    "HorizontalPodAutoscalerBehavior",
    "horizontalpodautoscalerbehavior-v2-autoscaling",
  ],
  "networkPolicy.from": ["NetworkPolicyPeer", "networkpolicypeer-v1-networking-k8s-io"],
  "networkPolicy.egress": [
    "NetworkPolicyEgressRule",
    "networkpolicyegressrule-v1-networking-k8s-io",
  ],
};

/** The paths of these fields in a Flow or FlowSet. */
export const KUBERNETES_FIELDS: readonly string[] = Object.keys(TYPES).map((path) =>
  `spec.${path}`
);

/** Gives the page of Kubernetes' reference about the type of the field at `path`, if it is one. */
export function kubernetesLink(path: string): { name: string; url: string } | undefined {
  const [, field = ""] = /^spec\.(.*)$/.exec(path) ?? [];
  const type = Object.hasOwn(TYPES, field) ? TYPES[field] : undefined;
  if (type === undefined) return undefined;
  const [name, anchor] = type;
  const root = `https://kubernetes.io/docs/reference/generated/kubernetes-api/${VERSION}`;
  return { name, url: `${root}/#${anchor}` };
}
