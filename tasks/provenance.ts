/** A file of a release. */
export interface Subject {
  name: string;
  /** SHA-256, in hex. */
  sha256: string;
}

/** What a release was made from. */
export interface ProvenanceInput {
  version: string;
  /** The commit, in full. */
  commit: string;
  deno: string;
  /** SHA-256 of deno.lock, in hex. */
  lock: string;
  subjects: readonly Subject[];
}

/**
 * Gives what a release was made from and how, as an in-toto statement
 * (https://in-toto.io/Statement/v1) with SLSA's provenance (https://slsa.dev/provenance/v1). It is
 * not signed: the release workflow attests the same files with its own identity.
 */
export function provenance({ version, commit, deno, lock, subjects }: ProvenanceInput): string {
  return JSON.stringify(
    {
      _type: "https://in-toto.io/Statement/v1",
      subject: subjects.map(({ name, sha256 }) => ({ name, digest: { sha256 } })),
      predicateType: "https://slsa.dev/provenance/v1",
      predicate: {
        buildDefinition: {
          buildType: "https://github.com/genkitd/genkitd/blob/main/tasks/release.ts",
          externalParameters: { command: "deno task release", version },
          resolvedDependencies: [
            { uri: "git+https://github.com/genkitd/genkitd", digest: { gitCommit: commit } },
            { uri: "deno.lock", digest: { sha256: lock } },
            { uri: `pkg:github/denoland/deno@v${deno}` },
          ],
        },
        runDetails: { builder: { id: "https://github.com/genkitd/genkitd/tasks/release.ts" } },
      },
    },
    undefined,
    2,
  ) + "\n";
}
