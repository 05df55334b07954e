import { systemClock } from "../../shared/clock.ts";
import { heldFetch } from "../../shared/held_fetch.ts";
import type { Log } from "../../shared/log.ts";
import { awsIdentity } from "./aws_identity.ts";
import { googleIdentity } from "./google_identity.ts";
import { WorkloadIdentities } from "./workload_identities.ts";

/** The identities that this process has in the cloud that it runs in, as its environment says. */
export function processIdentities(log: Pick<Log, "warn">): WorkloadIdentities {
  const environment = (key: string) => Deno.env.get(key);
  const aws = awsIdentity({
    environment,
    readTextFile: Deno.readTextFile,
    fetch: heldFetch,
    now: Date.now,
  });
  const google = googleIdentity({ environment, fetch: heldFetch });
  const identities = aws ? [aws, google] : [google];
  return new WorkloadIdentities({ identities, clock: systemClock, log });
}
