import assert from "assert";
import type { ControlPlane } from "./control_plane.ts";

/**
 * An act: `<verb> <plural>[.<group>][/<subresource>][#<name>] @<namespace>`; none is the cluster. Or
 * `<verb> <path>`, for a path that is no resource's.
 */
const ACT =
  /^(?<verb>\w+) (?<resource>\w+)(\.(?<group>[\w.-]+))?(\/(?<subresource>\w+))?(#(?<name>\S+))? @(?<namespace>\S*)$/;

const PATH_ACT = /^(?<verb>\w+) (?<path>\/\S*)$/;

/** Asks the API server which of the acts a user may not do, and gives them. */
export async function refusedActs(
  cluster: ControlPlane,
  user: string,
  acts: string[],
): Promise<string[]> {
  const [, namespace] = /^system:serviceaccount:([^:]+):/.exec(user) ?? [];
  const groups = namespace === undefined
    ? []
    : ["system:serviceaccounts", `system:serviceaccounts:${namespace}`];
  const allowed = await Promise.all(acts.map(async (act) => {
    const resourceAttributes = ACT.exec(act)?.groups;
    const nonResourceAttributes = PATH_ACT.exec(act)?.groups;
    assert.ok(resourceAttributes ?? nonResourceAttributes, `"${act}" is no act`);
    const response = await cluster.fetch("/apis/authorization.k8s.io/v1/subjectaccessreviews", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        apiVersion: "authorization.k8s.io/v1",
        kind: "SubjectAccessReview",
        spec: {
          user,
          groups: [...groups, "system:authenticated"],
          resourceAttributes,
          nonResourceAttributes,
        },
      }),
    });
    assert.equal(response.status, 201);
    return (await response.json()).status.allowed === true;
  }));
  return acts.filter((_, index) => !allowed[index]);
}

/** How long the API server may take to heed new roles, in milliseconds: far longer than on a busy machine. */
const PATIENCE = 60_000;

/**
 * Waits until a user may do all of the acts: the API server heeds a role or a binding a moment after it
 * has taken it. Throws an Error with those that it goes on to refuse.
 */
export async function untilAllowed(
  cluster: ControlPlane,
  user: string,
  acts: string[],
): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  for (;;) {
    const refused = await refusedActs(cluster, user, acts);
    if (refused.length === 0) return;
    if (performance.now() > deadline) throw new Error(`"${user}" may not: ${refused.join(", ")}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
