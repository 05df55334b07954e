import { z } from "zod";
import { freeForm } from "./free_form.ts";
import { withRules } from "./rule.ts";

/** Five or six fields, or one of the names; croner says more of it when the flow is resolved. */
const CRON = /^(@(yearly|annually|monthly|weekly|daily|midnight|hourly)|[^ @]+( +[^ ]+){4,5})$/;

const schedule = z.object({
  cron: z.string().min(1).max(256).describe(
    "When the flow is run: minute, hour, day of the month, month, day of the week, with seconds " +
      "before them where there are six; or @hourly, @daily, @weekly, @monthly, @yearly.",
  ),
  timeZone: z.string().min(1).max(64).optional()
    .describe("The time zone of cron, for example Europe/Berlin; UTC by default."),
  input: freeForm().optional().describe("The input of each run, an object; none by default."),
}).describe("When the flow is run without a call. genkitd serve does so; pods do not.");

/** When a flow is run without a call. */
export const flowSchedule = withRules(schedule, [{
  cel: `self.cron.matches('${CRON.source}')`,
  message: "cron should be five or six fields with spaces between them, or @hourly, @daily, " +
    "@weekly, @monthly or @yearly",
  check: ({ cron }) => CRON.test(cron),
  path: ["cron"],
}]);

/** When a flow is run without a call. */
export type FlowSchedule = z.infer<typeof flowSchedule>;
