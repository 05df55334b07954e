/**
 * The reasons of conditions and Events: one list, in the words that the field uses. Those of
 * genkit-operator 0.5.0 are kept.
 */
export const REASONS = {
  Ready: "Everything that the object asks for is so",
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
  PodsNotReady: "Pods cannot start or do not become ready",
  FlowsNotReady: "Some of the flows do not serve",
  ApplyFailed: "The API server refused a child",
  Error: "Something failed in passing; it is tried again",
  NotSupported: "The object is accepted, and this version does not act on it in full",
  PortMismatch: "The container is told another port than the Service uses",
  UnknownSetting: "A setting is written where it has no effect",
} as const;

/** The reason of a condition or an Event. */
export type Reason = keyof typeof REASONS;
