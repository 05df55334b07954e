/**
 * The reasons of conditions and Events: one list, in the words that the field uses. Those of
 * genkit-operator 0.5.0 are kept.
 */
export const REASONS = {
  Accepted: "The object is valid and its references exist",
  Available: "The pods are rolled out and serve",
  Suspended: "Scaled to nothing by spec.suspend",
  Reconciling: "The change is under way",
  Progressing: "The pods are being replaced",
  RolloutQueued: "The rollout waits until fewer others are under way",
  RolloutHalted: "The rollout waits since the same change made others fail",
  InvalidSpec: "The object cannot be used as it is; an edit helps",
  MissingDependency: "An object that is referred to does not exist",
  InvalidDependency: "An object that is referred to cannot be used as it is",
  NameTaken: "A child's name is taken by an object of somebody else",
  ProgressDeadlineExceeded: "The pods did not become ready in time",
  FlowsNotReady: "Some of the flows do not serve",
  ApplyFailed: "The API server refused a child",
  Error: "Something failed in passing; it is tried again",
  NotSupported: "The object is accepted, and this version does not act on it in full",
  PortMismatch: "The container is told another port than the Service uses",
  Synced: "All objects of the source's revision are applied",
  SourceEmpty: "The source has no objects any more; what was applied stays",
  AuthenticationFailed: "The source does not let the operator in",
  NotFound: "There is no such repository, artifact, branch, tag or folder",
  Unreachable: "The source could not be reached; it is tried again",
  TooLarge: "The source is larger than the limits allow",
  InvalidContent: "What the source holds cannot be used in full",
  VerificationFailed: "The source is not signed as it should be",
  Conflict: "Somebody else has an object or a field of it",
  NotAllowed: "The operator, or the ServiceAccount it acts as, may not do that",
  UnknownSetting: "A setting is written where it has no effect",
} as const;

/** The reason of a condition or an Event. */
export type Reason = keyof typeof REASONS;
