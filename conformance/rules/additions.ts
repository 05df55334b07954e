import { type Answer, describeAnswer } from "../request.ts";
import { expect, NotApplicable, type Rule } from "../rule.ts";
import { CALLER, SMALL, WEBSITE } from "../scenarios/additions.ts";
import { keyOf } from "../scenarios/multi_tree.ts";

/** What genkitd adds; a runner that does not have it serves the flow as if it were not there. */
export const additionRules: readonly Rule[] = [
  {
    id: "C-AUTH-01",
    level: "MAY",
    says: "auth.apiKeys: who sends none of the keys is 401, who sends one is let in.",
    scenario: "additions",
    async check(subject) {
      const nobody = await subject.call("guarded", subject.text());
      if (nobody.status === 200) throw absent("auth", "anybody may call the flow");
      expect(nobody.status === 401, `a call without a key gave ${describeAnswer(nobody)}`);
      const header = CALLER.header;
      const wrong = await subject.call("guarded", subject.text(), { [header]: "wrong" });
      expect(wrong.status === 401, `a call with a wrong key gave ${describeAnswer(wrong)}`);
      await subject.hear("guarded", subject.text(), { [header]: CALLER.key });
    },
  },
  {
    id: "C-CORS-01",
    level: "MAY",
    says: "cors.origins: a browser is told that these websites may call, and no others.",
    scenario: "additions",
    async check(subject) {
      const ask = (origin: string) =>
        subject.request("/browsed", {
          method: "OPTIONS",
          headers: { origin, "access-control-request-method": "POST" },
        });
      const allowed = await ask(WEBSITE);
      const origin = allowed.headers.get("access-control-allow-origin");
      if (origin === null) throw absent("cors", "no website may call the flow");
      expect(origin === WEBSITE, `"${WEBSITE}" was told that "${origin}" may call`);
      const other = await ask("https://other.example.com");
      const told = other.headers.get("access-control-allow-origin");
      expect(told === null || told === WEBSITE, `another website was told that "${told}" may call`);
    },
  },
  {
    id: "C-LIMIT-01",
    level: "MAY",
    says: "limits.bodyBytes: a longer body is 413.",
    scenario: "additions",
    async check(subject) {
      const answer = await subject.call("small", "x".repeat(SMALL + 1));
      if (answer.status === 200) throw absent("limits", "the flow takes longer bodies");
      expect(answer.status === 413, `a longer body gave ${answer.status}, it should be 413`);
      await subject.hear("small");
    },
  },
  {
    id: "C-CACHE-01",
    level: "MAY",
    says: "cache: the same call again is answered without the model.",
    scenario: "additions",
    needsModel: true,
    async check(subject) {
      const text = subject.text();
      const [first, second] = [
        await subject.hear("cached", text),
        await subject.hear("cached", text),
      ];
      if (subject.parts.model.requests(text).length > 1) {
        throw absent("cache", "the model was asked twice");
      }
      expect(first.body === second.body, `the second answer is ${describeAnswer(second)}`);
    },
  },
  {
    id: "C-FALLBACK-01",
    level: "MAY",
    says: "fallbacks: where the model fails, the next is asked, with its own credentials.",
    scenario: "additions",
    needsModel: true,
    async check(subject) {
      const [usual, other] = subject.parts.surroundings.provider.models;
      const text = subject.text(`[fail 503 for ${usual}]`);
      const answer = await subject.call("fallen", text);
      const { model, key } = subject.heardByModel(text);
      if (model === usual || subject.parts.model.requests(text).length < 2) {
        throw absent("fallbacks", "no other model was asked");
      }
      expect(model === other, `the model "${model}" was asked, it should be "${other}"`);
      const right = keyOf("the-fallback");
      expect(key === right, `it got the credential "${key}", it should be "${right}"`);
      expect(answer.status === 200, `the call gave ${describeAnswer(answer)}, it should be 200`);
    },
  },
  {
    id: "C-APPROVAL-01",
    level: "MAY",
    says: "approval: a tool with Required is not run before the caller approves it.",
    scenario: "additions",
    needsModel: true,
    async check(subject) {
      const text = subject.text("[call look]");
      const answer = await subject.call("approving", text);
      if (subject.heardByModel(text).tools.length === 0) {
        throw absent("approval", "the model is not offered the tool");
      }
      if (subject.parts.tools.calls("/approved").length > 0) {
        throw absent("approval", "the tool was run at once");
      }
      expect(isInterrupted(answer), `the call gave ${describeAnswer(answer)}, it should wait`);
    },
  },
];

function absent(key: string, seen: string): NotApplicable {
  return new NotApplicable(`it does not have ${key}: ${seen}`);
}

function isInterrupted({ status, headers, body }: Answer): boolean {
  return status === 200 && headers.has("x-genkitd-interrupted") && body.includes('"look"');
}
