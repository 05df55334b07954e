import { z } from "zod";
import { type Rule, withRules } from "../../shared/api/rule.ts";
import { gitAddress } from "../../shared/sources/git/git_address.ts";
import { gitSourceOptions } from "../../shared/sources/git/git_source_options.ts";
import { isVersionRange } from "../../shared/sources/highest_version.ts";
import { parseOciReference } from "../../shared/sources/oci/oci_reference.ts";
import {
  type OciSourceOptions,
  ociSourceOptions,
} from "../../shared/sources/oci/oci_source_options.ts";
import { resourceGlobs } from "../../shared/sources/resource_globs.ts";
import { textReference } from "./text_reference.ts";

const secret = () => textReference({ secret: true }).optional();

const ca = textReference({ secret: false }).optional()
  .describe("Certificates in PEM that are trusted besides the usual ones.");

/** What stands where the secrets should be named may be one, and is not quoted. */
const noMap: z.core.$ZodObjectParams = {
  error: ({ code }) =>
    code === "invalid_type" ? "should be a map, such as { password: { env: NAME } }" : undefined,
};

/** Refuses an address from which nothing can be read, in the words of who would read it. */
function checked<T extends { url: string }>(read: (options: T) => unknown) {
  return ({ value, issues }: z.core.ParsePayload<T>) => {
    try {
      if (value.url !== "") read(value);
    } catch (error) {
      const fault = (error as Error).message.replace(/^Cannot use .*?: (?=it)/, "")
        .replace("belong in a Secret", "belong in auth");
      // The address is not quoted: it may hold a password.
      const message = `cannot be used: ${fault}`;
      issues.push({ code: "custom", input: undefined, path: ["url"], message });
    }
  };
}

const ociRange = ({ value: { ref }, issues }: z.core.ParsePayload<OciSourceOptions>) => {
  if (ref?.semver === undefined || isVersionRange(ref.semver)) return;
  const message = 'should be a range of versions, such as ">=1.2 <2"';
  issues.push({ code: "custom", input: undefined, path: ["ref", "semver"], message });
};

const git = gitSourceOptions.extend({
  auth: z.object({
    username: textReference({ secret: false }).optional().describe("The user's name."),
    password: secret().describe("The password."),
    token: secret().describe("An access token, in place of a password."),
  }, noMap).optional().describe("How the server lets one in; it is read anew before each reading."),
  ca,
}).check(checked(({ url, insecure }) => gitAddress(url, insecure))).describe("A Git repository.");

const oci = ociSourceOptions.extend({
  auth: z.object({
    username: textReference({ secret: false }).optional().describe("The user's name."),
    password: secret().describe("The password."),
    dockerConfig: secret().describe(
      "A Docker config.json, of which the entry of exactly this registry is taken, or JSON with a " +
        "username and a password; in place of those beside it.",
    ),
  }, noMap).optional().describe(
    "How the registry lets one in; it is read anew before each reading.",
  ),
  ca,
}).check(checked(({ url }) => parseOciReference(url)), ociRange).describe("An OCI artifact.");

const TYPES = ["filesystem", "git", "oci"] as const;

const oneType: Rule<Record<string, unknown>> = {
  cel: "[has(self.filesystem), has(self.git), has(self.oci)].filter(set, set).size() == 1",
  message: "should have exactly one of filesystem, git and oci",
  check: (source) => TYPES.filter((type) => source[type] !== undefined).length === 1,
};

/** One source of flows, as it stands in a configuration. */
export const sourceConfig = withRules(
  z.object({
    name: z.string().min(1).max(253).regex(/^[\w][\w.-]*$/, {
      error: "should be letters, digits, _, . and -",
    }).optional().describe(
      "What the source is called in messages and GET /sources; by default its address, or " +
        "filesystem. Nodes that share a cache should give a source the same name.",
    ),
    filesystem: z.object({
      paths: z.array(z.string().min(1).max(4096)).min(1).max(100).describe(
        "Files, folders and globs, relative to the configuration file.",
      ),
      resources: resourceGlobs,
    }).optional().describe("Files of this machine. They go before those of other sources."),
    git: git.optional(),
    oci: oci.optional(),
    allowEmpty: z.boolean().optional().describe(
      "Take its flows away when it has no files any more; else the last ones stay. Default true " +
        "for a filesystem, false for others.",
    ),
  }),
  [oneType],
);

/** One source of flows, with its defaults. */
export type SourceConfig = z.infer<typeof sourceConfig>;
