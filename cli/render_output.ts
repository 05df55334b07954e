import { stringify } from "yaml";
import type { PreviewedServer } from "../operator/preview/preview_server.ts";

/**
 * Writes the children of servers as YAML documents, in the order in which the operator applies them,
 * with what is not known as comments before those of each server.
 */
export function renderYaml(servers: readonly PreviewedServer[], kind?: string): string {
  return servers.map((server) => {
    const children = server.children.filter((child) => kind === undefined || child.kind === kind);
    if (children.length === 0) return "";
    const documents = children.map((child) =>
      `---\n${stringify(child, { aliasDuplicateObjects: false, lineWidth: 100 })}`
    );
    return comments(server) + documents.join("");
  }).join("");
}

function comments({ kind, namespace, name, content, unknownSecrets }: PreviewedServer): string {
  const uses = content.secrets.length + content.environment.length > 0;
  return [
    `# ${kind} "${namespace}/${name}". Only a cluster knows its uid: ownerReferences are left out.`,
    ...uses ? ["# So is genkit.dev/credentials-hash, a digest of the values of Secrets."] : [],
    ...unknownSecrets.map((secret) =>
      `# Secret "${secret}" is not in the files: the keys that are taken from it may be others.`
    ),
  ].map((line) => `${line}\n`).join("");
}

/**
 * Why servers or flows are not rendered, a line each.
 *
 * @param layout Whether they are rendered as trees, which need nothing that only their pods do.
 */
export function renderProblems(servers: readonly PreviewedServer[], layout: boolean): string[] {
  return servers.flatMap(({ kind, namespace, name, refused, unresolved }) => {
    const owner = `${kind} "${namespace}/${name}"`;
    return [
      ...refused === undefined || layout ? [] : [`${owner} is not rendered: ${refused}`],
      ...unresolved.map(({ name }) =>
        `the flow "${name}" of ${owner} is left out, as it cannot be served; ` +
        "genkitd lint says why"
      ),
    ];
  });
}
