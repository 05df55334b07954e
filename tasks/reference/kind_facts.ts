import type { customKinds } from "../../shared/api/kinds.ts";
import { EVAL_LABEL, MANAGED_BY, MANAGER, SERVER_LABEL } from "../../operator/render/labels.ts";
import { CONTENT_HASH, CREDENTIALS_HASH, FIELD_MANAGER } from "../../operator/render/names.ts";
import {
  RECONCILE_REQUESTED_AT,
  SOURCE_FINALIZER,
  SOURCE_LABEL,
} from "../../operator/sources/source_labels.ts";
import type { FurtherPage } from "./further_page.ts";

/** What a kind's page says that its schema does not. */
export interface KindFacts {
  /** What it is for: a sentence or two after the kind's own description. */
  about: string;
  /** Labels, annotations and finalizers that matter, with what they do. */
  marks: [name: string, what: string][];
  pages: FurtherPage[];
}

const APPLIED: KindFacts["marks"] = [[
  `${SOURCE_LABEL.name}, ${SOURCE_LABEL.namespace}`,
  "Labels. Name and namespace of the [FlowSource](flowsource.md) that applied the object.",
]];

const REFERABLE: Pick<KindFacts, "marks"> = { marks: APPLIED };

/** All of what the operator makes of a server. */
function server(kind: "Flow" | "FlowSet"): KindFacts["marks"] {
  return [
    [MANAGED_BY, `Label of all that the operator makes: \`${MANAGER}\`.`],
    [
      SERVER_LABEL[kind],
      `Label of its Deployment, Service, ConfigMaps and pods: the ${kind}'s name.`,
    ],
    [
      CONTENT_HASH,
      "Annotation of the pods: SHA-256 of what they serve. Pods are replaced with it.",
    ],
    [CREDENTIALS_HASH, "Annotation of the pods: a digest of the credentials in use."],
    [FIELD_MANAGER, "Field manager of all that the operator applies."],
    ...APPLIED,
  ];
}

const SERVING: FurtherPage[] = [
  { title: "Protection", path: "../protection.md" },
  { title: "When a model fails", path: "../resilience.md" },
  { title: "The contract with a runner", path: "../contract.md" },
];

/** What the pages of the kinds say besides. */
export const KIND_FACTS: Record<keyof typeof customKinds, KindFacts> = {
  PluginConfig: {
    about:
      "Models name it, and runners get its settings and the keys of its Secret. One can serve " +
      "many Models.",
    ...REFERABLE,
    pages: [{ title: "Providers", path: "../providers.md" }],
  },
  Model: {
    about: "Flows name it, and so share one choice of model and settings.",
    ...REFERABLE,
    pages: [
      { title: "Providers", path: "../providers.md" },
      { title: "When a model fails", path: "../resilience.md" },
    ],
  },
  Prompt: {
    about:
      "Flows list it in `prompts`. A partial, whose name begins with `_`, is written into the " +
      "Flow itself, since no object may be called so.",
    ...REFERABLE,
    pages: [{ title: "Files that objects refer to", path: "../resources.md" }],
  },
  Tool: {
    about: "Flows name it in `tools`, and their prompts may choose among those.",
    ...REFERABLE,
    pages: [{ title: "Tools", path: "../tools.md" }],
  },
  Flow: {
    about: "The operator makes a Deployment, a Service of the same name, and what else the spec " +
      "asks for. Of the Service, `POST /<the Flow's name>` runs the entrypoint, and " +
      "`POST /<prompt>` each of the prompts.",
    marks: server("Flow"),
    pages: SERVING,
  },
  FlowSet: {
    about:
      "As a [Flow](flow.md), with one Deployment and Service for all of them: `POST /<name>` " +
      "calls each.",
    marks: server("FlowSet"),
    pages: SERVING,
  },
  Dataset: {
    about:
      "[Evals](eval.md) name it. The operator counts the samples, and checks them by the schema.",
    ...REFERABLE,
    pages: [],
  },
  Eval: {
    about:
      "The operator makes a Job, or a CronJob where there is a schedule; `runnerImage` does the " +
      "evaluation. genkitd's own image does not do that yet.",
    marks: [
      [EVAL_LABEL, "Label of its Job or CronJob: the Eval's name."],
      ...APPLIED,
    ],
    pages: [],
  },
  FlowSource: {
    about:
      "The operator reads the source by its interval, applies what differs, and removes what is " +
      "gone where `prune` says so.",
    marks: [
      [RECONCILE_REQUESTED_AT, "Annotation. The source is synced at once when its value changes."],
      [SOURCE_FINALIZER, "Finalizer, with `prune`: what was applied is removed first."],
      [SOURCE_LABEL.name, "Label of what it applied: the FlowSource's name."],
      [SOURCE_LABEL.namespace, "Label of what it applied: the FlowSource's namespace."],
    ],
    pages: [
      { title: "FlowSource", path: "../flowsource.md" },
      { title: "Flow sources", path: "../sources.md" },
    ],
  },
};
