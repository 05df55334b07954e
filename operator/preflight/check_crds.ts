import { customKinds } from "../../shared/api/kinds.ts";
import type { KubernetesObject } from "../kubernetes/object.ts";
import { resources } from "../kubernetes/resources.ts";
import type { ExaminedCluster } from "./examined_cluster.ts";
import type { Finding } from "./finding.ts";

const KEEP = "helm.sh/resource-policy";
const RELEASE = "meta.helm.sh/release-name";
/** What 0.5.0's CRDs have, and genkitd's have not, however they were installed. */
const LEGACY = "controller-gen.kubebuilder.io/version";

/**
 * Whether the CRDs, and so all objects, would outlive the uninstallation of genkit-operator 0.5.0.
 * Helm goes by the annotation in its release, which is not readable here: so one that was only put on
 * the live CRD does not count.
 */
export async function checkCrds({ client }: ExaminedCluster): Promise<Finding[]> {
  const kinds = Object.values(customKinds);
  const crds = await Promise.all(
    kinds.map(({ plural, group }) =>
      client.get(resources.CustomResourceDefinition, { name: `${plural}.${group}` })
    ),
  );
  const there = crds.filter((crd) => crd !== undefined);
  const findings = there.flatMap(checkCrd);
  if (findings.length > 0) return findings;
  const message = there.length === 0
    ? "none is there: they will be installed"
    : `${there.length} of ${kinds.length} are there, and no uninstallation deletes them`;
  return [{ level: "ok", check: "CRDs", message }];
}

function checkCrd(crd: KubernetesObject): Finding[] {
  const { name, annotations = {}, labels = {}, managedFields = [] } = crd.metadata;
  const release = annotations[RELEASE];
  const isOurs = labels["helm.sh/chart"]?.startsWith("genkitd-") ?? false;
  if (release === undefined) {
    if (annotations[LEGACY] === undefined) return [];
    return [{
      level: "warn",
      check: "CRDs",
      message: `${name} was not installed by Helm: deleting 0.5.0 by its whole manifest deletes ` +
        `the CRD, and every object of it`,
      help: "Delete 0.5.0's Deployment and roles by their names; leave the CRDs out",
    }];
  }
  const keepers = managedFields
    .filter(({ fieldsV1 }) => hasAnnotation(fieldsV1, KEEP))
    .map(({ manager = "" }) => manager);
  const byHand = keepers.length > 0 && keepers.every((manager) => manager.startsWith("kubectl"));
  if (annotations[KEEP] === "keep" && !byHand) return [];
  const lacks = byHand
    ? `has ${KEEP} by ${keepers.join(", ")} only, which Helm does not look at`
    : `has ${KEEP} ${JSON.stringify(annotations[KEEP] ?? "")}, should be "keep"`;
  return [{
    level: "fail",
    check: "CRDs",
    message: `${name} ${lacks}: helm uninstall ${release} would delete every object of it`,
    help:
      `helm upgrade ${release} CHART --reuse-values --set ${isOurs ? "crds" : "crd"}.keep=true ` +
      `-n ${annotations["meta.helm.sh/release-namespace"] ?? "NAMESPACE"}`,
  }];
}

function hasAnnotation(fields: Record<string, unknown> | undefined, name: string): boolean {
  const metadata = fields?.["f:metadata"] as Record<string, object> | undefined;
  return Object.hasOwn(metadata?.["f:annotations"] ?? {}, `f:${name}`);
}
