import { z } from "zod";
import { duration } from "../../api/duration.ts";
import { int32 } from "../../api/integer.ts";
import { type Rule, withRules } from "../../api/rule.ts";
import { isVersionRange } from "../highest_version.ts";
import { resourceGlobs } from "../resource_globs.ts";

const REF = z.string().min(1).max(255).regex(/^[^\s~^:?*[\\]+$/, {
  error: "should be the name of a branch or tag",
});

/** At most one of them is set. */
export const oneGitRef: Rule<Record<string, unknown>> = {
  cel: "[has(self.branch), has(self.tag), has(self.semver), has(self.commit), has(self.name)]" +
    ".filter(set, set).size() <= 1",
  message: "has more than one of branch, tag, semver, commit and name, should have one",
  check: (ref) => Object.values(ref).filter((value) => value !== undefined).length <= 1,
};

/** Which commit of a repository is taken: at most one of these; else its default branch. */
export const gitRef = withRules(
  z.object({
    branch: REF.optional().describe("A branch, such as main. It is followed."),
    tag: REF.optional().describe("A tag, such as v1.2.0. It is followed where it is moved."),
    semver: z.string().min(1).max(255).refine(isVersionRange, {
      error: 'should be a range of versions, such as ">=1.2 <2"',
    }).optional().describe(
      "A range of versions, such as `>=1.2 <2`: the highest one among the tags is taken. " +
        "Tags may begin with v; pre-releases are taken where the range names one.",
    ),
    commit: z.string().regex(/^[0-9a-f]{40}$/, { error: "should be a commit's 40 hex digits" })
      .optional().describe("A commit, by its full id."),
    name: REF.optional().describe(
      "Any reference by its full name, such as refs/pull/1/head, or a branch or tag.",
    ),
  }),
  [oneGitRef],
).describe("Which commit is taken; by default that of the repository's default branch.");

/** Which commit of a repository is taken. */
export type GitRef = z.infer<typeof gitRef>;

/** What a Git source is. Credentials are apart: {@linkcode GitAccess}. */
export const gitSourceOptions = z.object({
  url: z.string().min(1).max(2048)
    .describe("The repository's address, such as https://git.example/team/flows.git."),
  ref: gitRef.optional(),
  path: z.string().max(1024).optional()
    .describe("The folder or file of the repository that is read; all of it by default."),
  resources: resourceGlobs,
  interval: duration({ min: "1s", max: "24h" }).default("1m")
    .describe("How long to wait between looks at the repository, give or take a tenth."),
  timeout: duration({ min: "1s", max: "1h" }).default("1m")
    .describe("How long one reading may take in all."),
  proxy: z.string().max(2048).optional().describe(
    "The HTTP proxy to go through, such as http://proxy.example:3128; by default what " +
      "HTTPS_PROXY and NO_PROXY say.",
  ),
  insecure: z.boolean().default(false)
    .describe("Allow http without TLS to other hosts than this machine."),
  maxBytes: int32().min(1024).max(1024 * 1024 * 1024).default(100 * 1024 * 1024).describe(
    "The most bytes: of what the server sends for one commit, and of that unpacked. A commit that " +
      "is larger is refused.",
  ),
  maxFileBytes: int32().min(1024).max(256 * 1024 * 1024).default(10 * 1024 * 1024)
    .describe("The most bytes of a file; a larger one is passed over."),
  maxFiles: int32().min(1).max(100_000).default(10_000)
    .describe("The most files that are read."),
  verify: z.object({
    allowedSigners: z.string().min(1).max(1024 * 1024).describe(
      "Who may sign commits: lines as in OpenSSH's allowed_signers, `ann@example.com " +
        "ssh-ed25519 AAAA…`, and armored OpenPGP public keys, as of `gpg --armor --export`.",
    ),
  }).optional()
    .describe("Take only commits that are signed by one of these SSH or OpenPGP keys."),
}).describe("Flows from a Git repository, over HTTPS.");

/** What a Git source is, with its defaults. */
export type GitSourceOptions = z.infer<typeof gitSourceOptions>;

/** What a Git source is, as it is written down. */
export type GitSourceInput = z.input<typeof gitSourceOptions>;

/** How a repository lets one in. Read anew before each request series, so that it may rotate. */
export interface GitAccess {
  /** The user's name; with a token most hosts take any. */
  username?: string;
  password?: string;
  /** An access token, sent as the password of `username`, else of `x-access-token`. */
  token?: string;
  /** Certificates in PEM that are trusted besides the usual ones. */
  ca?: string;
}
