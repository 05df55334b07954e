import { FlowError } from "../../shared/flow_error.ts";
import { approvalSecret } from "./approval_secret.ts";
import type { FlowCall } from "./flow_handle.ts";
import type { FlowPlan } from "./flow_plan.ts";
import type { CallResult } from "./sandbox_messages.ts";
import { MAX_TOKEN, seal, sealKey, TokenTooLong, unseal } from "./sealed_token.ts";
import type { PendingTool, Resumption } from "./tool_approval.ts";

/** Options of {@linkcode Approvals}. */
export interface ApprovalsOptions {
  /** The secret of all flows; each flow's own credentials where it is absent. */
  secret?: string | undefined;
  /** Milliseconds since 1970. */
  time?: () => number;
}

/** What a token holds. */
interface Sealed {
  id: string;
  flow: string;
  prompt: string;
  /** Of the flow's definition: what was asked of one version is not done by another. */
  version: string;
  /** Who was interrupted; empty where anybody may call. */
  caller: string;
  /** Milliseconds since 1970. */
  expires: number;
  refs: string[];
  messages: unknown[];
}

/** Milliseconds that an interrupted call waits for its caller's decisions. */
export const APPROVAL_TIME = 60 * 60_000;
/** The most calls of tools that wait in one interrupted call. */
const MAX_PENDING = 64;
/** How many approved tokens are remembered. */
const MAX_USED = 10_000;

/**
 * Holds interrupted calls in the hands of their callers: a token is the conversation so far, sealed
 * here, so that any pod of the flow can go on. Sandboxes have no key, and callers see neither
 * prompts nor outputs of tools.
 */
export class Approvals {
  readonly #secret: string | undefined;
  readonly #time: () => number;
  /** Of a flow that has no secret: good for as long as this process. */
  readonly #passing = crypto.getRandomValues(new Uint8Array(32)).toHex();
  readonly #versions = new WeakMap<FlowPlan["definition"], Promise<string>>();
  /** Tokens that have been approved, and when they expire. */
  readonly #used = new Map<string, number>();

  constructor({ secret, time = Date.now }: ApprovalsOptions = {}) {
    this.#secret = secret;
    this.#time = time;
  }

  /** What the author of a flow should know, if anything. */
  warning(plan: FlowPlan): string | undefined {
    const { tools } = plan.definition;
    const tool = tools.find(({ implementation }) => implementation.approval);
    if (tool === undefined || this.#secret !== undefined || approvalSecret(plan) !== undefined) {
      return undefined;
    }
    return `its tool "${tool.definition.name}" needs approval, and only the process that was ` +
      "interrupted can go on: set the environment variable GENKITD_APPROVAL_KEY to a secret";
  }

  /**
   * Runs a call that may go on from an interruption and may be interrupted.
   *
   * @throws {FlowError} where it cannot go on, or what `run` throws.
   */
  async around(
    plan: FlowPlan,
    call: FlowCall,
    run: (call: FlowCall) => Promise<CallResult>,
  ): Promise<CallResult> {
    const { resumption } = call;
    const opened = resumption && await this.#open(plan, call, resumption);
    const { messages, resume: _, pending, ...result } = await run(
      opened ? { ...call, conversation: opened } : call,
    );
    if (pending === undefined) return result;
    return { ...result, ...await this.#seal(plan, call, pending, messages ?? []) };
  }

  async #seal(
    plan: FlowPlan,
    { prompt, caller = "" }: FlowCall,
    said: readonly PendingTool[],
    messages: unknown[],
  ) {
    // A sandbox is not trusted to keep to its form.
    if (!Array.isArray(said) || !said.every(isPending) || said.length > MAX_PENDING) {
      throw new FlowError("INTERNAL", "The flow was interrupted for what is no list of tools");
    }
    const pending = said.map(({ ref, name, input }) => ({ ref, name, input }));
    const expires = this.#time() + APPROVAL_TIME;
    const sealed: Sealed = {
      id: crypto.randomUUID(),
      flow: plan.name,
      prompt,
      version: await this.#version(plan),
      caller,
      expires,
      refs: pending.map(({ ref }) => ref),
      messages,
    };
    try {
      const token = await seal(await this.#key(plan), sealed);
      return { pending, resume: { token, expiresAt: new Date(expires).toISOString() } };
    } catch (cause) {
      if (!(cause instanceof TokenTooLong)) throw cause;
      const message = "The call needs an approval, and the conversation is too long to wait for " +
        `it: sealed, it should be ${MAX_TOKEN} bytes or less`;
      throw new FlowError("FAILED_PRECONDITION", message, { cause });
    }
  }

  async #open(
    plan: FlowPlan,
    { prompt, caller = "" }: FlowCall,
    { token, decisions }: Resumption,
  ) {
    const sealed = await unseal(await this.#key(plan), token) as Sealed | undefined;
    if (sealed === undefined || sealed.flow !== plan.name || sealed.prompt !== prompt) {
      throw refused("INVALID_ARGUMENT", "its token is not one that this flow gave, or was altered");
    }
    if (sealed.caller !== caller) {
      const message = "Cannot resume the call: it was another caller's, who should resume it";
      throw new FlowError("PERMISSION_DENIED", message);
    }
    const now = this.#time();
    if (now >= sealed.expires) {
      throw refused("FAILED_PRECONDITION", "its token is good for an hour, and has expired");
    }
    if (sealed.version !== await this.#version(plan)) {
      throw refused("FAILED_PRECONDITION", "the flow has changed since");
    }
    checkDecisions(sealed.refs, decisions.map(({ ref }) => ref));
    if (decisions.some(({ decision }) => decision === "approve")) this.#use(sealed, now);
    return { messages: sealed.messages, decisions };
  }

  /** An approved tool runs once, as far as this process knows. */
  #use({ id, expires }: Sealed, now: number): void {
    if (this.#used.has(id)) {
      throw refused("ABORTED", "its tools have been approved before, and would run again");
    }
    for (const [id, expires] of this.#used) {
      if (expires > now && this.#used.size < MAX_USED) break;
      this.#used.delete(id);
    }
    this.#used.set(id, expires);
  }

  #key(plan: FlowPlan): Promise<CryptoKey> {
    const secret = this.#secret ?? approvalSecret(plan) ?? this.#passing;
    return sealKey(secret, "genkitd approval of tools, version 1");
  }

  #version({ definition }: FlowPlan): Promise<string> {
    let version = this.#versions.get(definition);
    if (version === undefined) {
      const bytes = new TextEncoder().encode(JSON.stringify(definition));
      version = crypto.subtle.digest("SHA-256", bytes)
        .then((digest) => new Uint8Array(digest).toHex());
      this.#versions.set(definition, version);
    }
    return version;
  }
}

function isPending(said: Partial<PendingTool> | null): said is PendingTool {
  return typeof said?.ref === "string" && typeof said.name === "string";
}

function checkDecisions(pending: readonly string[], decided: readonly string[]): void {
  const missing = pending.find((ref) => !decided.includes(ref));
  const fault = missing !== undefined
    ? `the pending call "${missing}" has no decision`
    : decided.length > pending.length
    ? `there are ${decided.length} decisions for ${pending.length} pending calls`
    : undefined;
  if (fault === undefined) return;
  const message = `Cannot resume the call: ${fault}, each should have one`;
  throw new FlowError("INVALID_ARGUMENT", message);
}

function refused(status: "INVALID_ARGUMENT" | "FAILED_PRECONDITION" | "ABORTED", why: string) {
  return new FlowError(status, `Cannot resume the call: ${why}; call the flow anew`);
}
