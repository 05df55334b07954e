import type { customKinds } from "../shared/api/kinds.ts";
import type { Reason } from "../shared/reason.ts";
import type { Failure } from "./engine/controller.ts";

/**
 * How a reason is told: by conditions, as something that is well (`ready`), under way (`progress`)
 * or failed; or by an Event alone (`warning`).
 */
export type Telling = "ready" | "progress" | Failure["failure"] | "warning";

/** The reasons of a kind, each with the ways in which it is told. */
export type KindReasons = Partial<Record<Reason, readonly Telling[]>>;

// What a child can be refused for, of the kinds that have children.
const CHILDREN = {
  ApplyFailed: ["invalid", "transient"],
  Reconciling: ["conflict"],
} as const satisfies KindReasons;

const REFERENCES = {
  MissingDependency: ["blocked"],
  InvalidDependency: ["blocked"],
} as const satisfies KindReasons;

const ANY = { InvalidSpec: ["invalid"], Error: ["transient"] } as const satisfies KindReasons;

const SERVER = {
  Available: ["ready"],
  Suspended: ["ready"],
  Progressing: ["progress"],
  RolloutQueued: ["progress"],
  RolloutHalted: ["progress"],
  ProgressDeadlineExceeded: ["invalid"],
  ...ANY,
  ...REFERENCES,
  NameTaken: ["invalid", "blocked"],
  PortMismatch: ["blocked"],
  ...CHILDREN,
  UnknownSetting: ["warning"],
  NotSupported: ["warning"],
} as const satisfies KindReasons;

/** The reasons that the conditions and Events of each kind can have. */
export const KIND_REASONS = {
  PluginConfig: { Accepted: ["ready"], NotSupported: ["ready"], ...ANY, ...REFERENCES },
  Model: { Accepted: ["ready"], ...ANY, ...REFERENCES },
  Prompt: { Accepted: ["ready"], UnknownSetting: ["ready", "warning"], ...ANY },
  Tool: { Accepted: ["ready"], ...ANY, ...REFERENCES },
  Flow: SERVER,
  FlowSet: { ...SERVER, FlowsNotReady: ["blocked"] },
  Dataset: { Accepted: ["ready"], ...ANY, ...REFERENCES },
  Eval: {
    NotSupported: ["ready"],
    ...ANY,
    ...REFERENCES,
    NameTaken: ["blocked"],
    ...CHILDREN,
  },
  FlowSource: {
    Synced: ["ready"],
    Suspended: ["ready"],
    ...ANY,
    AuthenticationFailed: ["blocked"],
    NotFound: ["blocked"],
    Unreachable: ["transient"],
    TooLarge: ["blocked"],
    InvalidContent: ["blocked"],
    VerificationFailed: ["blocked"],
    SourceEmpty: ["blocked"],
    Conflict: ["blocked"],
    NotAllowed: ["invalid", "blocked"],
    ApplyFailed: ["transient", "blocked"],
    Reconciling: ["transient"],
    UnknownSetting: ["warning"],
  },
} as const satisfies Record<keyof typeof customKinds, KindReasons>;
