import { z } from "zod";
import { gitRef, gitSourceOptions, oneGitRef } from "../sources/git/git_source_options.ts";
import { ociSourceOptions } from "../sources/oci/oci_source_options.ts";
import { commonStatus } from "./condition.ts";
import { customKind } from "./custom_object.ts";
import { dnsLabel, dnsSubdomain } from "./dns_name.ts";
import { duration } from "./duration.ts";
import { int32 } from "./integer.ts";
import { COLUMNS } from "./kind.ts";
import { localReference } from "./local_reference.ts";
import { withRules } from "./rule.ts";

/** How many objects one FlowSource may apply. */
export const MAX_OBJECTS = 1000;
/** How many objects an inventory holds: those of two revisions that have none in common. */
export const MAX_INVENTORY = 2 * MAX_OBJECTS;
/** How many skipped objects a status names. */
export const MAX_SKIPPED = 20;

// What one reading may take is the operator's to say, since it is the operator's memory; and how it
// gets out of the cluster is its environment's.
const KEPT_BACK = {
  interval: true,
  proxy: true,
  maxBytes: true,
  maxFileBytes: true,
  maxFiles: true,
} as const;
const { proxy: _, ...ociKeptBack } = KEPT_BACK;

const git = gitSourceOptions.omit(KEPT_BACK).extend({
  ref: withRules(
    // Whether it is a range, no rule of an API server can tell: the operator does.
    z.object({
      ...gitRef.shape,
      semver: z.string().min(1).max(255).optional().describe(
        "A range of versions, such as `>=1.2 <2`: the highest one among the tags is taken.",
      ),
    }),
    [oneGitRef],
  ).optional().describe("Which commit is taken; by default that of the default branch."),
});

const oci = ociSourceOptions.omit(ociKeptBack);

const spec = withRules(
  z.object({
    git: git.optional().describe("Objects from a Git repository, over HTTPS."),
    oci: oci.optional().describe("Objects from an OCI artifact in a registry."),
    secretRef: localReference.optional().describe(
      "A Secret with the credentials: token (Git), username and password, or .dockerconfigjson " +
        "(OCI); and ca.crt with certificates that are trusted besides the usual ones.",
    ),
    interval: duration({ min: "5s", max: "24h" }).default("1m")
      .describe("How long to wait between looks at the source, give or take a tenth."),
    suspend: z.boolean().default(false)
      .describe("Neither look at the source nor apply; what was applied stays."),
    prune: z.boolean().default(false).describe(
      "Remove objects that were applied and are no more in the source; and all of them when the " +
        "FlowSource is deleted.",
    ),
    allowEmpty: z.boolean().default(false)
      .describe("Let a source that has become empty prune everything."),
    targetNamespace: dnsLabel().optional().describe(
      "Where the objects are applied; by default the FlowSource's own namespace. Another one must " +
        "be allowed by the operator, and takes serviceAccountName.",
    ),
    serviceAccountName: dnsSubdomain().optional().describe(
      "The ServiceAccount of the FlowSource's namespace to apply as. The operator must be allowed " +
        "to impersonate it.",
    ),
  }),
  [{
    cel: "has(self.git) != has(self.oci)",
    message: "should have one of git and oci",
    check: ({ git, oci }) => (git !== undefined) !== (oci !== undefined),
  }],
).describe("Where objects of genkit.dev come from, and how they are applied.");

const entry = z.object({
  kind: z.string().max(63).describe("The object's kind, of group genkit.dev."),
  namespace: z.string().max(63).describe("The object's namespace."),
  name: z.string().max(253).describe("The object's name."),
}).describe("An object that was applied.");

const status = z.object({
  ...commonStatus,
  lastAppliedRevision: z.string().max(1024).optional()
    .describe("The revision whose objects are all applied, for example `main@sha1:3f1c…`."),
  lastAttemptedRevision: z.string().max(1024).optional()
    .describe("The revision that was read last."),
  lastHandledReconcileAt: z.string().max(1024).optional().describe(
    "The value of the annotation genkit.dev/reconcile-requested-at that was acted upon last.",
  ),
  inventory: z.array(entry).max(MAX_INVENTORY).optional()
    .describe("What was applied; nothing else is ever pruned."),
  skipped: z.array(z.string().max(512)).max(MAX_SKIPPED).optional()
    .describe("Objects of the source that are not applied, since they are of other kinds."),
  sync: z.object({
    time: z.string().meta({ format: "date-time" }).describe("When something was changed last."),
    applied: int32().describe("How many objects were created or changed then."),
    pruned: int32().describe("How many objects were removed then."),
  }).optional().describe("The last sync that changed something."),
}).describe("What the operator knows of the FlowSource.");

/** The kind FlowSource: objects of genkit.dev from a Git repository or an OCI artifact. */
export const flowSourceKind = customKind({
  kind: "FlowSource",
  shortName: "gfsrc",
  description: "Objects of genkit.dev that are kept as a Git repository or OCI artifact has them.",
  spec,
  status,
  printerColumns: [
    COLUMNS.ready,
    { name: "Revision", type: "string", jsonPath: ".status.lastAppliedRevision" },
    COLUMNS.age,
  ],
  nameRules: [{
    // A label's value of the objects that it applies.
    cel: "self.metadata.name.size() <= 63",
    message: "metadata.name is longer than 63 characters, should be at most that",
    check: ({ metadata: { name } }) => name.length <= 63,
    path: ["metadata", "name"],
  }],
});

/** Objects of genkit.dev that are kept as a Git repository or OCI artifact has them. */
export type FlowSource = z.infer<typeof flowSourceKind.schema>;

/** An object that a FlowSource applied. */
export type InventoryEntry = z.infer<typeof entry>;
