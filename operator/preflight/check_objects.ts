import { parseObject } from "../../shared/api/parse_object.ts";
import { type Problem, showPath } from "../../shared/api/problem.ts";
import type { KubernetesObject } from "../kubernetes/object.ts";
import { showObject } from "./examined_cluster.ts";
import type { Finding } from "./finding.ts";

/** Whether the objects would be taken as they are: genkitd's CRDs refuse a little more than 0.5.0's. */
export function checkObjects(objects: readonly KubernetesObject[]): Finding[] {
  const check = "objects";
  const findings = objects.flatMap((object): Finding[] => {
    // The operator writes its statuses anew.
    const { status: _, ...rest } = object;
    const result = parseObject(rest);
    const said = (problems: Problem[]) => problems.slice(0, 3).map(showProblem).join("; ");
    if (result.outcome === "invalid") {
      const message = `${showObject(object)}: ${said(result.problems)}`;
      const help = "Edit it; until then it is Stalled, and what it runs stays as it is";
      return [{ level: "fail", check, message, help }];
    }
    if (result.outcome === "foreign" || result.warnings.length === 0) return [];
    const message = `${showObject(object)}: ${said(result.warnings)}`;
    return [{ level: "warn", check, message }];
  });
  if (findings.length > 0) return findings;
  const message = objects.length === 0 ? "there are none" : `all ${objects.length} are valid`;
  return [{ level: "ok", check, message }];
}

/** A rule that the API server checks too names the field itself: `minReplicas is larger than …`. */
function showProblem({ path, message }: Problem): string {
  const named = path.map((_, above) => showPath(path.slice(above)))
    .find((name) => message.startsWith(`${name} `)) ?? "";
  return `${showPath(path)} ${message.slice(named.length).trimStart()}`;
}
