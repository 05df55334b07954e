import { atMost } from "../at_most.ts";
import { type Answer, describeAnswer } from "../request.ts";
import { expect, type Rule, RuleBroken } from "../rule.ts";
import { describeEnd } from "../runner_process.ts";
import type { Subject } from "../subject.ts";
import { waitUntil } from "../wait_until.ts";

/** What was seen while a runner ended: it ends once, and three rules look at it. */
interface Stopping {
  /** What a call gave that the model answered after SIGTERM. */
  inFlight: Answer | RuleBroken;
  /** The status of /readyz after SIGTERM and before the call's answer; undefined where none came. */
  readyz: number | undefined;
}

const stoppings = new WeakMap<Subject, Promise<Stopping>>();

/** The end. */
export const stoppingRules: readonly Rule[] = [
  {
    id: "C-STOP-01",
    level: "MUST",
    says: "After SIGTERM, calls that are in flight are answered.",
    scenario: "stop",
    needsModel: true,
    needsProcess: true,
    async check(subject) {
      const { inFlight } = await stopping(subject);
      if (inFlight instanceof RuleBroken) throw inFlight;
      expect(
        inFlight.status === 200,
        `a call in flight gave ${describeAnswer(inFlight)}, it should be 200`,
      );
    },
  },
  {
    id: "C-STOP-02",
    level: "SHOULD",
    says: "After SIGTERM, GET /readyz is not 200 any more.",
    scenario: "stop",
    needsModel: true,
    needsProcess: true,
    async check(subject) {
      const { readyz } = await stopping(subject);
      expect(readyz !== 200, "GET /readyz stayed 200 after SIGTERM, with a call in flight");
    },
  },
  {
    id: "C-STOP-03",
    level: "MUST",
    says: "After SIGTERM, it ends within the grace period of its pod.",
    scenario: "stop",
    needsProcess: true,
    async check({ parts: { process, grace } }) {
      process!.terminate();
      await atMost(process!.ended, grace);
      const end = process!.end();
      expect(end !== undefined, `it runs on ${grace / 1000} s after SIGTERM`);
      const expected = end.code === 0 || end.code === 143 || end.signal === "SIGTERM";
      expect(expected, `it ${describeEnd(end)} after SIGTERM, it should end with code 0`);
    },
  },
];

/** Milliseconds in which /readyz should follow a SIGTERM: soon, on a busy machine too. */
const NOTICE = 5_000;

function stopping(subject: Subject): Promise<Stopping> {
  const known = stoppings.get(subject);
  if (known !== undefined) return known;
  const seen = stop(subject);
  stoppings.set(subject, seen);
  return seen;
}

async function stop(subject: Subject): Promise<Stopping> {
  const { model, process, timeout } = subject.parts;
  await subject.hear("greeter");
  const text = subject.text("[hold]");
  const inFlight = subject.call("greeter", text).catch(broken);
  const arrived = () => model.requests(text).at(-1);
  await waitUntil(arrived, timeout);
  subject.heardByModel(text);
  process!.terminate();
  let readyz: number | undefined;
  await waitUntil(async () => {
    const answer = await subject.request("/readyz").catch(broken);
    readyz = answer instanceof RuleBroken ? undefined : answer.status;
    return readyz === 200 ? undefined : true;
  }, NOTICE);
  model.release();
  return { inFlight: await inFlight, readyz };
}

function broken(error: unknown): RuleBroken {
  if (error instanceof RuleBroken) return error;
  throw error;
}
