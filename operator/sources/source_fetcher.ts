import type { z } from "zod";
import { describeIssue } from "../../shared/api/describe_issue.ts";
import type { FlowSource } from "../../shared/api/flow_source.ts";
import { type Problem, showProblems } from "../../shared/api/problem.ts";
import { type Fetcher, FetchFailure } from "../../shared/sources/fetcher.ts";

/** The values of the Secret that a FlowSource names; undefined where it names none. */
export type ReadCredentials = () => Promise<Record<string, string> | undefined>;

/**
 * What one reading may take of the operator's memory, which is 512 MiB as deployed, for two at once.
 * A file holds objects, and the API server takes none of more than 1.5 MiB.
 */
const LIMITS = {
  maxBytes: 32 * 1024 * 1024,
  maxFileBytes: 3 * 1024 * 1024,
  maxFiles: 5_000,
};

/** The spec of a FlowSource cannot be used, although the API server took it. */
export class InvalidSource extends Error {
  override readonly name = "InvalidSource";
}

/**
 * Makes what reads the source of a FlowSource; the code of Git and OCI is loaded where it is needed.
 *
 * @throws {InvalidSource} where the spec cannot be used.
 */
export async function sourceFetcher(
  { git, oci, interval }: FlowSource["spec"],
  credentials: ReadCredentials,
): Promise<Fetcher> {
  if (git !== undefined) {
    const { gitSourceOptions } = await import("../../shared/sources/git/git_source_options.ts");
    const { GitFetcher } = await import("../../shared/sources/git/git_fetcher.ts");
    const { gitAddress } = await import("../../shared/sources/git/git_address.ts");
    const options = parsed(gitSourceOptions, { ...git, interval, ...LIMITS }, "git");
    usable("git.url", () => gitAddress(options.url, options.insecure));
    return new GitFetcher({
      git: options,
      access: async () => {
        const values = trimmed(await credentials());
        const { username, password, token } = values;
        const ca = authorityOf(values);
        return {
          ...username !== undefined && { username },
          ...password !== undefined && { password },
          ...token !== undefined && { token },
          ...ca !== undefined && { ca },
        };
      },
    });
  }
  const { ociSourceOptions } = await import("../../shared/sources/oci/oci_source_options.ts");
  const { OciFetcher } = await import("../../shared/sources/oci/oci_fetcher.ts");
  const { registryCredentials } = await import("../../shared/sources/oci/registry_access.ts");
  const { isVersionRange } = await import("../../shared/sources/highest_version.ts");
  const { parseOciReference } = await import("../../shared/sources/oci/oci_reference.ts");
  const options = parsed(ociSourceOptions, { ...oci, interval, ...LIMITS }, "oci");
  usable("oci.url", () => parseOciReference(options.url));
  const { semver } = options.ref ?? {};
  if (semver !== undefined && !isVersionRange(semver)) {
    const message = `is "${semver}", should be a range of versions, such as ">=1.2 <2"`;
    throw new InvalidSource(`spec.oci.ref.semver: ${message}`);
  }
  return new OciFetcher({
    oci: options,
    access: async (registry) => {
      const values = await credentials() ?? {};
      return { credentials: registryCredentials(values, registry), ca: authorityOf(values) };
    },
  });
}

/** Else a server's certificate would be refused as if no authority had been given. */
function authorityOf({ "ca.crt": ca = "" }: Record<string, string>): string | undefined {
  if (ca.trim() === "") return undefined;
  if (ca.includes("-----BEGIN CERTIFICATE-----")) return ca;
  const message = 'The key "ca.crt" of the credentials holds no certificate, should be PEM';
  throw new FetchFailure("AuthenticationFailed", message);
}

/** Tokens are often written with a line break after them. */
function trimmed(values: Record<string, string> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, value.trim()]));
}

function parsed<T>(schema: z.ZodType<T>, value: unknown, field: string): T {
  const { data, error } = schema.safeParse(value, { error: describeIssue });
  if (!error) return data;
  const problems = error.issues.map(({ path, message }) => ({
    path: ["spec", field, ...path] as Problem["path"],
    message,
  }));
  throw new InvalidSource(showProblems(problems));
}

/** What no rule of an API server can tell; only an edit helps. */
function usable(field: string, read: () => unknown): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof FetchFailure)) throw error;
    throw new InvalidSource(`spec.${field}: ${error.message}`);
  }
}
