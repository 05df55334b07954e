import assert from "assert";
import type { ControlPlane } from "./control_plane.ts";

/** An act: `<verb> <plural>[.<group>][/<subresource>][#<name>] @<namespace>`; none is the cluster. */
const ACT =
  /^(?<verb>\w+) (?<resource>\w+)(\.(?<group>[\w.-]+))?(\/(?<subresource>\w+))?(#(?<name>\S+))? @(?<namespace>\S*)$/;

/** Asks the API server which of the acts a user may not do, and gives them. */
export async function refusedActs(
  cluster: ControlPlane,
  user: string,
  acts: string[],
): Promise<string[]> {
  const groups = user.startsWith("system:serviceaccount:") ? ["system:serviceaccounts"] : [];
  const allowed = await Promise.all(acts.map(async (act) => {
    const resourceAttributes = ACT.exec(act)?.groups;
    assert.ok(resourceAttributes, `"${act}" is no act`);
    const response = await cluster.fetch("/apis/authorization.k8s.io/v1/subjectaccessreviews", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        apiVersion: "authorization.k8s.io/v1",
        kind: "SubjectAccessReview",
        spec: { user, groups: [...groups, "system:authenticated"], resourceAttributes },
      }),
    });
    assert.equal(response.status, 201);
    return (await response.json()).status.allowed === true;
  }));
  return acts.filter((_, index) => !allowed[index]);
}
