import { TESTED_PROVIDERS, type TestedProvider } from "../../conformance/model/tested_provider.ts";
import type { Report } from "../../conformance/report/report.ts";
import { RULES } from "../../conformance/rules.ts";
import { runConformance } from "../../conformance/run.ts";

/** The folder with the tiny runners. */
export const RUNNERS = new URL("../fixtures/runners/", import.meta.url).pathname;

/** Looks at the runner that a command starts. */
export function look(
  command: readonly string[],
  provider: TestedProvider["type"] = "openai",
  environment: Record<string, string> = {},
  rules = RULES,
  { grace = 60_000 }: { grace?: number } = {},
): Promise<Report> {
  return runConformance({
    target: { command, environment },
    provider: providerOf(provider),
    rules,
    timeout: 60_000,
    grace,
    note() {},
  });
}

/** The provider of this type. */
export function providerOf(type: TestedProvider["type"]): TestedProvider {
  return TESTED_PROVIDERS.find((provider) => provider.type === type)!;
}
