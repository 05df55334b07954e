import type { Diff } from "../operator/preview/diff_cluster.ts";

const SIGN = { added: "+", changed: "~", removed: "-" };

/** What would change, for people: a line an object and a line a server, reasons below. */
export function diffText({ objects, rollouts, unread }: Diff): string {
  const unknown = unread.map(({ kind, namespace, name }) =>
    `? ${kind} "${namespace}/${name}" may not be read: whether it changes is not known`
  );
  if (objects.length === 0 && rollouts.length === 0) {
    const nothing = unread.length > 0 ? "Nothing else would change" : "Nothing would change";
    return printable([...unknown, nothing].join("\n"));
  }
  const changes = objects.map(({ change, kind, namespace, name, fields }) => {
    const where = fields.length > 0 ? `: ${fields.join(", ")}` : "";
    return `${SIGN[change]} ${kind} "${namespace}/${name}"${where}`;
  });
  const pods = rollouts.flatMap(({ what, kind, namespace, name, reasons }) => [
    `${kind} "${namespace}/${name}" ${what}`,
    ...reasons.map((reason) => `    ${reason}`),
  ]);
  const none = rollouts.length === 0 ? ["No pods would be replaced"] : pods;
  return printable([...changes, ...unknown, "", ...none].join("\n"));
}

/** Names are other people's: their control characters must not reach a terminal. */
function printable(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, " ");
}
