import { problemText } from "../controllers/resolve_failure.ts";
import type { Flow } from "../../shared/api/flow.ts";
import type { FlowSet } from "../../shared/api/flow_set.ts";
import type { LintScope } from "../../shared/lint/lint_scope.ts";
import { changedFields } from "./changed_fields.ts";
import type { ObjectChange } from "./diff_objects.ts";
import { CONTENT_HASH } from "../render/names.ts";
import { type PreviewedServer, previewServer } from "./preview_server.ts";

/** What becomes of the pods of a server. */
export interface RolloutChange {
  /** `waits`: it cannot be served in full as it is written; what runs of it stays. */
  what: "starts" | "restarts" | "ends" | "waits";
  kind: "Flow" | "FlowSet";
  namespace: string;
  name: string;
  /** Why: files of the /genkit tree, fields of the pod template, keys of Secrets, problems. */
  reasons: string[];
}

/**
 * Tells which servers of a namespace get other pods. Both sides are rendered by the same code, so that
 * only the objects make a difference.
 */
export async function diffRollouts(
  namespace: string,
  before: LintScope,
  after: LintScope,
  changes: readonly ObjectChange[],
): Promise<RolloutChange[]> {
  const servers = (scope: LintScope) =>
    new Map(
      [...scope.of("Flow", namespace), ...scope.of("FlowSet", namespace)]
        .map((object) => [`${object.kind}/${object.metadata.name}`, object as Flow | FlowSet]),
    );
  const [old, wanted] = [servers(before), servers(after)];
  const rollouts: RolloutChange[] = [];
  for (const key of new Set([...old.keys(), ...wanted.keys()])) {
    const [was, is] = [old.get(key), wanted.get(key)];
    const { kind, metadata: { name } } = (is ?? was)!;
    const base = { kind, namespace, name };
    if (is === undefined) {
      rollouts.push({ what: "ends", ...base, reasons: [] });
      continue;
    }
    const now = await preview(is, after);
    const then = was && await preview(was, before);
    if (sameProblems(then, now) === false) {
      rollouts.push({ what: "waits", ...base, reasons: problemsOf(now) });
    }
    if (then === undefined || then.children.length === 0) {
      if (now.children.length > 0) rollouts.push({ what: "starts", ...base, reasons: [] });
      continue;
    }
    if (now.children.length === 0 || kind === "Flow" && now.unresolved.length > 0) continue;
    const reasons = [
      ...changedFiles(then, now),
      ...changedTemplate(then, now),
      ...is.spec.credentialRotation === "Reload" ? [] : changedSecrets(now, changes),
    ];
    if (reasons.length > 0) rollouts.push({ what: "restarts", ...base, reasons });
  }
  return rollouts;
}

function preview(server: Flow | FlowSet, scope: LintScope): Promise<PreviewedServer> {
  return previewServer(server, scope, (secret) => {
    const found = scope.set.secret(server.metadata.namespace ?? "", secret);
    return found && Object.keys(found);
  });
}

/** Undefined where there is no problem now. */
function sameProblems(
  then: PreviewedServer | undefined,
  now: PreviewedServer,
): boolean | undefined {
  const problems = problemsOf(now);
  if (problems.length === 0) return undefined;
  return then !== undefined && problemsOf(then).join() === problems.join();
}

function problemsOf({ refused, unresolved }: PreviewedServer): string[] {
  return [
    ...refused === undefined ? [] : [refused],
    ...unresolved.map(({ name, problems }) =>
      `the flow "${name}" cannot be served: ${problems.map(problemText).join("; ")}`
    ),
  ];
}

/** Flows that do not resolve keep the files that they had. */
function changedFiles(then: PreviewedServer, now: PreviewedServer): string[] {
  const kept = now.unresolved.map(({ name }) => `flows/${name}/`);
  const paths = [...new Set([...then.content.files.keys(), ...now.content.files.keys()])].sort();
  return paths.filter((path) => !kept.some((dir) => path.startsWith(dir)))
    .filter((path) => kept.length === 0 || path !== "manifest.json")
    .flatMap((path) => {
      const [was, is] = [then.content.files.get(path), now.content.files.get(path)];
      if (was === is) return [];
      const how = was === undefined ? "is new" : is === undefined ? "is gone" : "changes";
      return [`/genkit/${path} ${how}`];
    });
}

function changedTemplate(then: PreviewedServer, now: PreviewedServer): string[] {
  if (now.unresolved.length > 0) return [];
  const fields = changedFields(templateOf(then), templateOf(now), "template");
  // The volume lists the files, which are told already.
  const sameFiles = [...then.content.files.keys()].sort().join() ===
    [...now.content.files.keys()].sort().join();
  return fields.filter((field) => sameFiles || !field.startsWith("template.spec.volumes[0]"));
}

/** The pod template without the content's hash, which is also in the names of its ConfigMaps. */
function templateOf({ children, hash }: PreviewedServer): unknown {
  const deployment = children.find(({ kind }) => kind === "Deployment");
  const { template } = (deployment?.spec ?? {}) as { template?: unknown };
  const text = JSON.stringify(template ?? {})
    .replaceAll(`"${CONTENT_HASH}":"${hash}"`, `"${CONTENT_HASH}":""`)
    .replaceAll(hash.slice(0, 12), "");
  return JSON.parse(text);
}

function changedSecrets({ content }: PreviewedServer, changes: readonly ObjectChange[]): string[] {
  const used = [...content.secrets, ...content.environment];
  return changes.filter(({ kind, change }) => kind === "Secret" && change !== "removed")
    .flatMap(({ name, fields, change }) => {
      const keys = new Set(
        used.filter(({ secret }) => secret === name).flatMap(({ keys }) => [...keys]),
      );
      const whole = used.some(({ secret, keys }) => secret === name && keys.length === 0);
      const touched = fields.filter((field) => whole || keys.has(field.replace(/^data\./, "")));
      if (change === "added" && (keys.size > 0 || whole)) return [`Secret "${name}" is new`];
      return touched.map((field) => `Secret "${name}": ${field} changes`);
    });
}
