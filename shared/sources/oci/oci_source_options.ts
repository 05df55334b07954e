import { z } from "zod";
import { int32 } from "../../api/integer.ts";
import { type Rule, withRules } from "../../api/rule.ts";
import { duration } from "../../api/duration.ts";
import { signatureOptions } from "./cosign/signature_options.ts";
import { resourceGlobs } from "../resource_globs.ts";

/** At most one of them is set. */
export const oneOciRef: Rule<Record<string, unknown>> = {
  cel: "[has(self.tag), has(self.semver), has(self.digest)].filter(set, set).size() <= 1",
  message: "has more than one of tag, semver and digest, should have one",
  check: (ref) => Object.values(ref).filter((value) => value !== undefined).length <= 1,
};

/** Which version of an artifact is taken: at most one of these; else the tag `latest`. */
export const ociRef = withRules(
  z.object({
    tag: z.string().min(1).max(128).regex(/^[a-zA-Z0-9_][a-zA-Z0-9._-]*$/, {
      error: "should be a tag",
    }).optional().describe("A tag, such as v1.2.0 or latest. It is followed where it is moved."),
    semver: z.string().min(1).max(255).optional().describe(
      "A range of versions, such as `>=1.2 <2`: the highest one among the tags is taken. " +
        "Tags may begin with v; pre-releases are taken where the range names one.",
    ),
    digest: z.string().regex(/^sha256:[a-f0-9]{64}$/, { error: "should be like sha256:3f1c…" })
      .optional().describe("The digest of a manifest: it never changes."),
  }),
  [oneOciRef],
).describe("Which version is taken; by default the one that the address names, else latest.");

/** Which version of an artifact is taken. */
export type OciRef = z.infer<typeof ociRef>;

/** What an OCI source is. Credentials are apart: `RegistryAccess`. */
export const ociSourceOptions = z.object({
  url: z.string().min(1).max(2048)
    .describe("The artifact's address, such as oci://registry.example/team/flows:v1."),
  ref: ociRef.optional(),
  path: z.string().max(1024).optional()
    .describe("The folder or file of the artifact that is read; all of it by default."),
  resources: resourceGlobs,
  interval: duration({ min: "1s", max: "24h" }).default("1m")
    .describe("How long to wait between looks at the registry, give or take a tenth."),
  timeout: duration({ min: "1s", max: "1h" }).default("1m")
    .describe("How long one reading may take in all."),
  insecure: z.boolean().default(false)
    .describe("Use http without TLS; to this machine it is used where https is not answered."),
  tokenHost: z.string().max(255).regex(/^[\w.-]+(:\d{1,5})?$/, {
    error: "should be a host, such as gitlab.example",
  }).optional().describe(
    "The host that gives tokens for the registry, where that is another, as GitLab's is. " +
      "Credentials go to it.",
  ),
  verify: signatureOptions.optional(),
  maxBytes: int32().min(1024).max(1024 * 1024 * 1024).default(100 * 1024 * 1024)
    .describe("The most bytes of an artifact, sent and unpacked. A larger one is refused."),
  maxFileBytes: int32().min(1024).max(256 * 1024 * 1024).default(10 * 1024 * 1024)
    .describe("The most bytes of a file. An artifact with a larger one is refused."),
  maxFiles: int32().min(1).max(100_000).default(10_000)
    .describe("The most files of an artifact."),
}).describe("Flows from an OCI artifact in a registry.");

/** What an OCI source is, with its defaults. */
export type OciSourceOptions = z.infer<typeof ociSourceOptions>;

/** What an OCI source is, as it is written down. */
export type OciSourceInput = z.input<typeof ociSourceOptions>;
