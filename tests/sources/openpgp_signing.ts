import assert from "assert";
import type { Snapshot } from "../../shared/sources/source.ts";
import { failure, read, served } from "./git_reading.ts";
import type { GitRepository } from "./git_repository.ts";
import { type OpenpgpKeyring, openpgpKeyring } from "./openpgp_keyring.ts";

/** A repository that is served, and a key ring of gpg; all of it ends with the test. */
export interface OpenpgpSigning extends AsyncDisposable {
  readonly repository: GitRepository;
  readonly keyring: OpenpgpKeyring;
  /** Gives what is read where these keys may sign. */
  taken(allowedSigners: string): Promise<Snapshot>;
  /** Gives why nothing is. */
  refused(allowedSigners: string): Promise<string>;
}

/** Starts all that signing by OpenPGP takes. */
export async function openpgpSigning(): Promise<OpenpgpSigning> {
  const git = await served();
  const keyring = await openpgpKeyring();
  const { repository, server } = git;
  return {
    repository,
    keyring,
    taken: (allowedSigners) => read({ url: server.url, verify: { allowedSigners } }),
    async refused(allowedSigners) {
      const { message, reason } = await failure(
        read({ url: server.url, verify: { allowedSigners } }),
      );
      assert.equal(reason, "VerificationFailed");
      return message;
    },
    async [Symbol.asyncDispose]() {
      await keyring[Symbol.asyncDispose]();
      await git[Symbol.asyncDispose]();
    },
  };
}

/** Gives the armored signature of a commit. */
export function signatureOf(commit: string): string {
  return /^gpgsig (.*\n(?: .*\n)*)/m.exec(commit)![1]!.replaceAll(/^ /gm, "");
}

/** Gives what puts an armored signature in the place of that of a commit. */
export function withSignature(armored: string): (commit: string) => string {
  const lines = armored.replaceAll("\r", "").trimEnd().replaceAll("\n", "\n ");
  return (commit) => commit.replace(/^gpgsig .*\n( .*\n)*/m, () => `gpgsig ${lines}\n`);
}
