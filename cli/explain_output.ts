import { stringify } from "yaml";
import type { ExplainNode } from "../shared/explain/explain_node.ts";

/** The tree for people: a line a node, what is wrong below it. */
export function explainText(root: ExplainNode): string {
  const lines: string[] = [];
  const write = (node: ExplainNode, first: string, rest: string) => {
    lines.push(first + headOf(node));
    const bar = node.needs.length > 0 ? `${rest}│  ` : `${rest}   `;
    for (const { rule, level, message } of node.findings) {
      lines.push(`${bar}${level}: ${printable(message)} [${rule}]`);
    }
    const { ready } = node;
    if (ready && ready.status !== "True") {
      lines.push(`${bar}not Ready: ${ready.reason}: ${printable(ready.message)}`);
    }
    for (const [index, need] of node.needs.entries()) {
      const last = index === node.needs.length - 1;
      write(need, `${rest}${last ? "└─ " : "├─ "}`, `${rest}${last ? "   " : "│  "}`);
    }
  };
  write(root, "", "");
  return lines.join("\n");
}

function headOf({ kind, name, state, detail, ready, restarts }: ExplainNode): string {
  const words = [
    `${kind} ${name}`,
    ...detail ? [`(${printable(detail)})`] : [],
    ...state === "found" ? [] : [state],
    ...ready?.status === "True" ? ["Ready"] : [],
  ];
  const edit = restarts.length > 0 ? `; an edit restarts ${restarts.join(", ")}` : "";
  return words.join(" ") + edit;
}

/** The tree as JSON or YAML. */
export function explainData(root: ExplainNode, format: "json" | "yaml"): string {
  if (format === "json") return JSON.stringify(root, null, 2);
  return stringify(root, { aliasDuplicateObjects: false, lineWidth: 100 }).trimEnd();
}

const COLOR = { found: "black", missing: "red", invalid: "orange", unknown: "gray" };

/** The tree as a graph of Graphviz (https://graphviz.org/doc/info/lang.html), each object once. */
export function explainDot(root: ExplainNode): string {
  const nodes = new Map<string, string>();
  const edges = new Set<string>();
  const visit = (node: ExplainNode): string => {
    const id = JSON.stringify(`${node.kind}/${node.name}`);
    const why = node.findings.map(({ message }) => message).join("; ");
    const label = JSON.stringify(`${node.kind} ${node.name}`);
    const tooltip = JSON.stringify(printable(why || node.state));
    nodes.set(id, `${id} [label=${label}, color=${COLOR[node.state]}, tooltip=${tooltip}]`);
    for (const need of node.needs) edges.add(`${id} -> ${visit(need)}`);
    return id;
  };
  visit(root);
  const lines = [...nodes.values(), ...edges].map((line) => `  ${line};`);
  return ["digraph genkitd {", "  rankdir=LR;", "  node [shape=box];", ...lines, "}"].join("\n");
}

/** Names and messages are other people's: their control characters must not reach a terminal. */
function printable(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, " ");
}
