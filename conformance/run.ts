import { mockModel } from "./model/mock_model.ts";
import type { TestedProvider } from "./model/tested_provider.ts";
import type { Report, RuleResult, ScenarioOutput } from "./report/report.ts";
import { CONTRACT_VERSION, NotApplicable, type Rule, RuleBroken } from "./rule.ts";
import { SCENARIOS } from "./scenarios.ts";
import { type Stage, stageScenario } from "./stage.ts";
import type { Acquaintance } from "./subject.ts";
import { toolServer } from "./tool_server.ts";

/** A runner that is started for each scenario, or one that somebody starts at an address. */
export type Target =
  | {
    /** The command and its arguments; `{root}`, `{port}` and `{model}` are filled in. */
    command: readonly string[];
    /** Further variables of its environment, filled in likewise. */
    environment: Readonly<Record<string, string>>;
  }
  | {
    /** Where it will serve, without a slash at its end. */
    url: string;
    /** The folder that gets the tree. */
    folder: string;
  };

/** Options of {@linkcode runConformance}. */
export interface ConformanceOptions {
  target: Target;
  provider: TestedProvider;
  /** Where the runner sees the tree; absent: where it is. */
  mountPath?: string;
  /** Those that are looked at. */
  rules: readonly Rule[];
  /** Milliseconds that a start, or an answer, may take. */
  timeout: number;
  /** Milliseconds that the runner may take to end. */
  grace: number;
  /** Told what goes on, for a person who waits. */
  note(text: string): void;
}

/**
 * Looks whether a runner keeps to the rules of the contract.
 *
 * @throws {Error} where it cannot look: the command cannot be started, or the folder is not empty.
 */
export async function runConformance(options: ConformanceOptions): Promise<Report> {
  const { target, provider, rules } = options;
  await using model = mockModel();
  await using tools = toolServer();
  const known: Acquaintance = { texts: 0 };
  const results = new Map<Rule, RuleResult>();
  const outputs: ScenarioOutput[] = [];
  for (const rule of rules) {
    const reason = outOfReach(rule, options);
    if (reason !== undefined) results.set(rule, result(rule, "not applicable", reason));
  }
  for (const scenario of SCENARIOS) {
    const those = rules.filter((rule) => rule.scenario === scenario.name && !results.has(rule));
    if (those.length === 0) continue;
    await using stage = await stageScenario(scenario, { ...options, model, tools, known });
    for (const rule of those) results.set(rule, await look(rule, stage));
    const output = stage.output();
    if (output !== "" && those.some((rule) => results.get(rule)!.outcome === "fail")) {
      outputs.push({ scenario: scenario.name, output });
    }
  }
  return {
    contract: CONTRACT_VERSION,
    runner: "url" in target ? target.url : target.command.join(" "),
    provider: provider.type,
    results: rules.map((rule) => results.get(rule)!),
    outputs,
  };
}

/** Why a rule cannot be looked at in this run; undefined where it can. */
function outOfReach(rule: Rule, { target, provider }: ConformanceOptions): string | undefined {
  if (rule.needsModel && provider.type === "echo") {
    return "echo is inside of the runner: what it is asked cannot be seen";
  }
  if (!("url" in target)) return undefined;
  if (rule.scenario !== "multi") return "needs a runner that is started here, with another tree";
  return rule.needsProcess ? "needs a runner that is started here" : undefined;
}

async function look(rule: Rule, { subject, fault }: Stage): Promise<RuleResult> {
  if (fault !== undefined) {
    return result(rule, rule.level === "MAY" ? "not applicable" : "fail", fault);
  }
  const start = performance.now();
  const took = () => Math.round(performance.now() - start);
  try {
    await rule.check(subject);
    return result(rule, "pass", "", took());
  } catch (error) {
    if (error instanceof NotApplicable) {
      return result(rule, "not applicable", error.message, took());
    }
    if (error instanceof RuleBroken) return result(rule, "fail", error.message, took());
    throw error;
  }
}

function result(
  { id, level, says }: Rule,
  outcome: RuleResult["outcome"],
  message: string,
  took = 0,
): RuleResult {
  return { id, level, says, outcome, message, took };
}
