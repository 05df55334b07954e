import { operatorRules, type PolicyRule } from "../rbac.ts";
import type { Resource } from "../kubernetes/resource.ts";
import type { ExaminedCluster } from "./examined_cluster.ts";
import type { Finding } from "./finding.ts";

const RBAC = "rbac.authorization.k8s.io";
const REVIEW: Resource = {
  group: "authorization.k8s.io",
  version: "v1",
  kind: "SelfSubjectAccessReview",
  plural: "selfsubjectaccessreviews",
  namespaced: false,
};

/** One thing that somebody may do, as a SubjectAccessReview asks for it. */
interface Act {
  verb: string;
  group: string;
  resource: string;
  subresource?: string | undefined;
  namespace?: string | undefined;
}

/**
 * Whether the one who asks may install genkitd. Nobody can grant what he may not do himself, so that
 * takes everything that the operator may.
 */
export async function checkPermissions(cluster: ExaminedCluster): Promise<Finding[]> {
  const check = "permissions";
  const { namespace } = cluster;
  const ok: Finding = { level: "ok", check, message: "you may install genkitd" };
  if (await isAllowed(cluster, { verb: "*", group: "*", resource: "*", namespace })) return [ok];
  const roles = namespace === undefined ? "clusterroles" : "roles";
  const escalate = { verb: "escalate", group: RBAC, resource: roles, namespace };
  const bypass = await isAllowed(cluster, escalate);
  const granted = operatorRules({ watchSecrets: namespace !== undefined })
    .flatMap((rule) => actsOf(rule, namespace));
  const acts = [...installing(namespace), ...bypass ? [] : granted];
  const allowed = await Promise.all(acts.map((act) => isAllowed(cluster, act)));
  const missing = acts.filter((_, index) => !allowed[index]).map(showAct);
  if (missing.length === 0) return [ok];
  const shown = missing.slice(0, 5).join(", ");
  const more = missing.length > 5 ? ` and ${missing.length - 5} more` : "";
  return [{
    level: "fail",
    check,
    message: `you may not install genkitd: you lack ${shown}${more}`,
    help: "Ask an administrator of the cluster to install it",
  }];
}

function installing(namespace: string | undefined): Act[] {
  const ofCluster = [
    ["apiextensions.k8s.io", "customresourcedefinitions"],
    ["", "namespaces"],
    [RBAC, "clusterroles"],
    [RBAC, "clusterrolebindings"],
  ] as const;
  const ofNamespace = [
    ["", "serviceaccounts"],
    ["apps", "deployments"],
    [RBAC, "roles"],
    [RBAC, "rolebindings"],
  ] as const;
  return [...namespace === undefined ? ofCluster : [], ...ofNamespace].flatMap((
    [group, resource],
  ) => ["create", "patch"].map((verb) => ({ verb, group, resource, namespace })));
}

function actsOf({ apiGroups = [], resources = [], verbs }: PolicyRule, namespace?: string): Act[] {
  return apiGroups.flatMap((group) =>
    resources.flatMap((path) => {
      const [resource = "", subresource] = path.split("/");
      return verbs.map((verb) => ({ verb, group, resource, subresource, namespace }));
    })
  );
}

async function isAllowed({ client }: ExaminedCluster, act: Act): Promise<boolean> {
  const review = await client.create(REVIEW, {
    apiVersion: "authorization.k8s.io/v1",
    kind: REVIEW.kind,
    metadata: { name: "" },
    spec: { resourceAttributes: act },
  });
  return (review.status as { allowed?: boolean } | undefined)?.allowed === true;
}

function showAct({ verb, group, resource, subresource }: Act): string {
  const place = [resource, group].filter(Boolean).join(".");
  return `${verb} ${place}${subresource === undefined ? "" : `/${subresource}`}`;
}
