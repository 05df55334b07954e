import { objectOf } from "./objects.ts";

type Broken = [object: ReturnType<typeof objectOf>, field: string, message: string];

/** A repository. */
export const GIT = { url: "https://git.example/flows.git" };
/** An artifact. */
export const OCI = { url: "oci://registry.example/flows" };

/** FlowSources that break a rule each: the field at fault, the words. */
export const BROKEN_SOURCES: Broken[] = [
  ...[{}, { git: GIT, oci: OCI }].map((spec): Broken => [
    objectOf("FlowSource", spec),
    "spec",
    "should have one of git and oci",
  ]),
  [
    objectOf("FlowSource", { git: GIT }, "a".repeat(64)),
    "metadata.name",
    "metadata.name is longer than 63 characters, should be at most that",
  ],
  [
    objectOf("FlowSource", { git: { ...GIT, ref: { branch: "a", tag: "b" } } }),
    "spec.git.ref",
    "has more than one of branch, tag, semver, commit and name, should have one",
  ],
  [
    objectOf("FlowSource", { oci: { ...OCI, ref: { tag: "a", semver: "1" } } }),
    "spec.oci.ref",
    "has more than one of tag, semver and digest, should have one",
  ],
  [
    objectOf("FlowSource", { oci: { ...OCI, verify: {} } }),
    "spec.oci.verify",
    "should have one of key and keyless",
  ],
  [
    objectOf("FlowSource", { git: GIT, interval: "1s" }),
    "spec.interval",
    "should be from 5s to 24h",
  ],
  ...[{ git: { ...GIT, timeout: "2h" } }, { oci: { ...OCI, timeout: "2h" } }].map(
    (spec): Broken => [
      objectOf("FlowSource", spec),
      `spec.${Object.keys(spec)[0]}.timeout`,
      "should be from 1s to 1h",
    ],
  ),
];
