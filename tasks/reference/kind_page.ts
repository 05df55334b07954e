import { customResourceDefinition } from "../../operator/crds.ts";
import { KIND_REASONS, type KindReasons } from "../../operator/kind_reasons.ts";
import { customKinds } from "../../shared/api/kinds.ts";
import { type Reason, REASONS } from "../../shared/reason.ts";
import { exampleOf } from "./example.ts";
import { type Field, fieldsOf } from "./field.ts";
import { escaped, fieldText } from "./field_text.ts";
import { KIND_FACTS } from "./kind_facts.ts";
import { table } from "../table.ts";
import { toldConditions } from "./told_conditions.ts";

/** The name of one of genkitd's own kinds. */
type KindName = keyof typeof customKinds;

/** Writes the reference page of a kind, from its CRD. */
export function kindPage(name: KindName): string {
  const { spec, metadata } = customResourceDefinition(customKinds[name]);
  const [version] = spec.versions;
  const { openAPIV3Schema: schema } = version!.schema;
  const { about, marks, pages } = KIND_FACTS[name];
  const subresources = Object.keys(version!.subresources).map((each) => `\`${each}\``);
  const fields = (["spec", "status"] as const).flatMap((part) =>
    fieldsOf(schema.properties![part]!, part)
  );
  return [
    "<!-- Made by `deno task generate` from shared/api and operator; do not edit. -->",
    `# ${name}`,
    `${schema.description} ${about}`,
    table(["", ""], [
      ["apiVersion", `\`${spec.group}/${version!.name}\``],
      ["kind", `\`${name}\``],
      [
        "kubectl",
        [...spec.names.shortNames, spec.names.singular, spec.names.plural]
          .map((each) => `\`${each}\``).join(", "),
      ],
      ["scope", spec.scope],
      ["subresources", subresources.join(", ")],
      ["CRD", `\`${metadata.name}\``],
    ]),
    "Columns of `kubectl get`:",
    table(
      ["column", "value"],
      version!.additionalPrinterColumns.map((each) => [each.name, `\`${each.jsonPath}\``]),
    ),
    "## Example",
    "The least:",
    yaml(exampleOf("minimal.yaml", name)),
    "With most fields ([all of it](examples/full.yaml)):",
    yaml(exampleOf("full.yaml", name)),
    "## Spec",
    `${schema.properties!.spec!.description}`,
    ...fieldLists(fields.filter(({ path }) => path.startsWith("spec."))),
    ...rules(schema, fields),
    "## Status",
    `${schema.properties!.status!.description} Written by the operator.`,
    ...fieldLists(fields.filter(({ path }) => path.startsWith("status."))),
    "## Conditions",
    conditions(name),
    "## Labels and annotations",
    marks.map(([mark, what]) => `- \`${mark.replace(", ", "`, `")}\`: ${what}`).join("\n"),
    "## See also",
    [...pages, { title: "Troubleshooting", path: "../troubleshooting.md" }]
      .map(({ title, path }) => `- [${title}](${path})`).join("\n"),
  ].join("\n\n") + "\n";
}

function yaml(text: string): string {
  return `\`\`\`yaml\n${text}\n\`\`\``;
}

/** The fields of the part itself; then, under a title each, those with more than a name in them. */
function fieldLists(fields: readonly Field[]): string[] {
  const groups = Map.groupBy(
    fields,
    ({ path }) => path.split(".").slice(0, 2).join(".").replace("[]", ""),
  );
  const large = new Set(
    [...groups].filter(([, group]) => group.length > 2).map(([top]) => top),
  );
  const first = [...groups].flatMap(([top, group]) => {
    if (!large.has(top)) return group;
    const below = `Its fields are [below](#${top.replaceAll(".", "").toLowerCase()}).`;
    return [{ ...group[0]!, description: `${group[0]!.description} ${below}` }];
  });
  return [
    first.map(fieldText).join("\n"),
    ...[...groups].filter(([top]) => large.has(top)).flatMap(([top, [, ...below]]) => [
      `### ${top}`,
      below.map(fieldText).join("\n"),
    ]),
  ];
}

function rules(schema: Parameters<typeof fieldsOf>[0], fields: readonly Field[]): string[] {
  const all = [
    { path: "the object", rules: schema["x-kubernetes-validations"] ?? [] },
    { path: "spec", rules: schema.properties!.spec!["x-kubernetes-validations"] ?? [] },
    ...fields,
  ].flatMap(({ path, rules }) => rules.map((rule) => ({ path, ...rule })));
  if (all.length === 0) return [];
  const texts = all.map(({ path, message, rule }) =>
    `- **\`${path}\`**: ${escaped(message)}\n  <br>\`${rule}\``
  );
  return [
    "### Rules",
    "What the API server refuses besides, with its message and the rule in CEL; `genkitd lint` and " +
    "`serve` refuse the same.",
    texts.join("\n"),
  ];
}

function conditions(name: KindName): string {
  const reasons = Object.entries(KIND_REASONS[name] satisfies KindReasons) as [
    Reason,
    Parameters<typeof toldConditions>[1][],
  ][];
  const rows = reasons.map(([reason, tellings]) => [
    `[${reason}](../troubleshooting.md#${reason.toLowerCase()})`,
    [...new Set(tellings.map((telling) => toldConditions(reason, telling)))].join("; or "),
    REASONS[reason],
  ]);
  const degraded = name === "Flow" || name === "FlowSet"
    ? "`Degraded=True` stands beside a failure while pods serve on. "
    : name === "Prompt"
    ? "`Degraded=True` stands beside `UnknownSetting`. "
    : "";
  return `\`Ready\` is always there; \`Reconciling\`, \`Stalled\` and \`Degraded\` only while they ` +
    `are true. ${degraded}A change of \`Ready\` is an Event as well.\n\n` +
    table(["reason", "told by", "means"], rows);
}
