import { ApiError } from "../../../../operator/kubernetes/api_error.ts";
import type { Client } from "../../../../operator/kubernetes/client.ts";
import { LeaseElection } from "../../../../operator/kubernetes/lease_election.ts";
import type { KubernetesObject } from "../../../../operator/kubernetes/object.ts";
import { ManualClock } from "../../manual_clock.ts";

const lease = { namespace: "genkitd-system", name: "genkitd-operator" };

/** An API server that has one Lease, with versions and conflicts. */
export class LeaseServer {
  lease: KubernetesObject | undefined;
  #version = 0;
  /** Whether a client's request is lost, on the way there or on the way back. */
  lost: (identity: string) => "no" | "request" | "answer" = () => "no";
  /** What answers wait for; what they are answers to has been done by then. */
  held: Promise<void> | undefined;
  /** How many requests were made. */
  requests = 0;

  client(identity: string): Pick<Client, "get" | "create" | "update"> {
    const call = async <T>(work: () => T, signal?: AbortSignal): Promise<T> => {
      this.requests++;
      await Promise.resolve();
      const lost = this.lost(identity);
      if (lost === "request") throw new ApiError("Cannot reach", { status: 0 });
      const result = work();
      if (lost === "answer") throw new ApiError("Cannot hear", { status: 0 });
      const answer = structuredClone(result);
      await this.held;
      signal?.throwIfAborted();
      return answer;
    };
    const write = (object: KubernetesObject) => {
      const metadata = { ...object.metadata, resourceVersion: String(++this.#version) };
      return this.lease = { ...structuredClone(object), metadata };
    };
    return {
      get: (_resource, _name, options) => call(() => this.lease, options?.signal),
      create: (_, object, options) =>
        call(() => {
          if (this.lease) throw new ApiError("exists", { status: 409, reason: "AlreadyExists" });
          return write(object);
        }, options?.signal),
      update: (_, object, options) =>
        call(() => {
          if (this.lease?.metadata.resourceVersion !== object.metadata.resourceVersion) {
            throw new ApiError("conflict", { status: 409, reason: "Conflict" });
          }
          return write(object);
        }, options?.signal),
    };
  }

  get spec(): { holderIdentity?: string; leaseTransitions?: number } {
    return this.lease?.spec ?? {};
  }
}

/** Lets everything run that needs no time. */
export async function settle(): Promise<void> {
  for (let turns = 0; turns < 20; turns++) await Promise.resolve();
}

/** A clock that a process has stopped looking at while it is halted. */
export class HaltingClock extends ManualClock {
  halted = false;
  #skipped = 0;

  override advance(ms: number): void {
    if (this.halted) this.#skipped += ms;
    else super.advance(ms + this.#skipped), this.#skipped = 0;
  }

  /** Time goes on for a halted process, but nothing of it runs. */
  override now(): number {
    return super.now() + this.#skipped;
  }
}

/** Starts one that wants to lead, and writes down what becomes of it. */
export function elector(
  server: LeaseServer,
  identity: string,
  { clock = new HaltingClock(), slept = () => 0, work = waitFor }: {
    clock?: HaltingClock;
    /** For how many milliseconds the machine has slept: only the wall clock went on. */
    slept?: () => number;
    /** What it does while it leads. */
    work?: (signal: AbortSignal) => Promise<void>;
  } = {},
) {
  const stop = new AbortController();
  const state = { leads: false, errors: 0 };
  const election = new LeaseElection({
    client: server.client(identity),
    lease,
    identity,
    clock,
    wall: () => clock.now() + slept(),
    random: () => 0.5,
    onError: () => state.errors++,
  });
  const ended = election.run(stop.signal, async (signal) => {
    state.leads = true;
    await work(signal);
    state.leads = false;
  });
  return { election, clock, state, stop, ended };
}

async function waitFor(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  signal.addEventListener("abort", () => resolve());
  await promise;
}

/** Moves all clocks on, in steps of 100 ms, each with time for what it sets off. */
export async function pass(ms: number, ...clocks: ManualClock[]): Promise<void> {
  for (let passed = 0; passed < ms; passed += 100) {
    for (const clock of clocks) clock.advance(100);
    await settle();
  }
}
