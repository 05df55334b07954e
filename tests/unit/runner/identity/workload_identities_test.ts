import assert from "assert";
import { WorkloadIdentities } from "../../../../runner/identity/workload_identities.ts";
import type { TemporaryCredentials } from "../../../../runner/identity/workload_identity.ts";
import { ManualClock } from "../../manual_clock.ts";

const HOUR = 3_600_000;
const MINUTE = 60_000;

/** Identities of one AWS role; each `answers` entry is what one attempt gives. */
function setUp(...answers: (string | Error)[]) {
  const clock = new ManualClock();
  const warnings: unknown[] = [];
  let attempts = 0;
  let changes = 0;
  const obtain = (): Promise<TemporaryCredentials> => {
    const answer = answers[attempts++] ?? new Error("no more");
    if (answer instanceof Error) return Promise.reject(answer);
    return Promise.resolve({ credentials: { AWS_ACCESS_KEY_ID: answer }, lifetime: HOUR });
  };
  const identities = new WorkloadIdentities({
    identities: [{ provider: "bedrock", obtain }],
    clock,
    log: { warn: (_message, details) => warnings.push(details) },
  });
  identities.onChange(() => changes++);
  const source = (own: Record<string, string> = {}, provider = "bedrock") =>
    identities.source(provider, { get: (key) => own[key], hint: () => "set it" });
  /** Moves the time on, and lets the attempt that is due end. */
  const advance = async (ms: number) => {
    clock.advance(ms);
    await new Promise((resolve) => setTimeout(resolve));
  };
  return {
    clock,
    identities,
    source,
    advance,
    warnings,
    key: () => source().get("AWS_ACCESS_KEY_ID"),
    attempts: () => attempts,
    changes: () => changes,
  };
}

Deno.test("the cloud is asked once a flow wants its identity, and not before", async () => {
  const { identities, key, attempts } = setUp("first");
  assert.equal(await identities.settled(), false);
  assert.equal(attempts(), 0);
  assert.equal(key(), undefined);
  assert.equal(await identities.settled(), true, "plans should be made again");
  assert.equal(key(), "first");
  assert.equal(await identities.settled(), false);
  assert.equal(attempts(), 1);
  identities.close();
});

Deno.test("a flow with any key of its own, or of another provider, has no part in it", async () => {
  const { identities, source, attempts } = setUp("first");
  for (const key of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_BEARER_TOKEN_BEDROCK"]) {
    assert.equal(source({ [key]: "own" }).get("AWS_SESSION_TOKEN"), undefined);
  }
  source({}, "googleai");
  assert.equal(await identities.settled(), false);
  assert.equal(attempts(), 0);
});

Deno.test("credentials are replaced five minutes before their end", async () => {
  const { identities, key, advance, changes } = setUp("first", "second");
  key();
  await identities.settled();
  assert.equal(changes(), 1);
  await advance(55 * MINUTE - 1);
  assert.equal(key(), "first");
  await advance(1);
  assert.equal(key(), "second");
  assert.equal(changes(), 2);
  await advance(6 * MINUTE);
  assert.equal(key(), "second", "the end of the first ones is none of theirs");
  identities.close();
});

Deno.test("credentials that cannot be replaced serve until their end", async () => {
  const { identities, key, advance, changes, warnings } = setUp("first");
  key();
  await identities.settled();
  await advance(55 * MINUTE);
  assert.equal(key(), "first");
  assert.deepEqual(warnings[0], { provider: "bedrock", reason: "no more" });
  await advance(5 * MINUTE);
  assert.equal(key(), undefined);
  assert.equal(changes(), 2);
  identities.close();
});

Deno.test("an attempt that fails is made again, and says why until then", async () => {
  const { identities, key, source, advance, changes } = setUp(new Error("it answered 403"), "late");
  key();
  assert.equal(await identities.settled(), true);
  assert.equal(
    source().hint([]),
    "set it; the credentials of this workload cannot be had: it answered 403",
  );
  await advance(1_000);
  assert.equal(key(), "late");
  assert.equal(changes(), 1);
  identities.close();
});

Deno.test("an attempt that gets no answer ends", async () => {
  const clock = new ManualClock();
  const identities = new WorkloadIdentities({
    identities: [{
      provider: "bedrock",
      obtain: (signal) =>
        new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    }],
    clock,
    log: { warn() {} },
  });
  const own = { get: () => undefined, hint: () => "set it" };
  identities.source("bedrock", own);
  clock.advance(10_000);
  await identities.settled();
  assert.match(identities.source("bedrock", own).hint([]), /there was no answer within 10 s$/);
  identities.close();
  assert.equal(clock.pending, 0);
});
