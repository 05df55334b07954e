import type { ScenarioName } from "./scenario.ts";
import type { Subject } from "./subject.ts";

/** The version of the contract, docs/contract.md: its first number changes where a rule is added. */
export const CONTRACT_VERSION = "1.0";

/**
 * How binding a rule is (RFC 2119). MAY: nobody has to have it, and who has it keeps to the rule.
 */
export type Level = "MUST" | "SHOULD" | "MAY";

/** One rule of the contract: data, and the function that looks whether a runner keeps to it. */
export interface Rule {
  /** As on the page, e.g. `C-HTTP-01`. */
  id: string;
  level: Level;
  /** The rule in the page's words. */
  says: string;
  /** What the runner serves while this is looked at. */
  scenario: ScenarioName;
  /** Needs a model whose requests are seen, which a runner's own `echo` is not. */
  needsModel?: true;
  /** Needs a runner that was started here: its start, its end or its files are looked at. */
  needsProcess?: true;
  /**
   * Looks at a runner that serves the scenario.
   *
   * @throws {RuleBroken} where it does not keep to the rule.
   * @throws {NotApplicable} where the rule says nothing about it.
   */
  check(subject: Subject): Promise<void>;
}

/** A runner that does not keep to a rule; the message says what was seen, and what should be. */
export class RuleBroken extends Error {
  override name = "RuleBroken";
}

/** A rule that says nothing about this runner; the message says why. */
export class NotApplicable extends Error {
  override name = "NotApplicable";
}

/**
 * Holds that something is as a rule wants it.
 *
 * @throws {RuleBroken} with `message` where it is not.
 */
export function expect(holds: boolean, message: string): asserts holds {
  if (!holds) throw new RuleBroken(message);
}
