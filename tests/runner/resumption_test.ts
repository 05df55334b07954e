import assert from "assert";
import { readResumption } from "../../runner/http/resumption.ts";

const token = "genkitd1.abc";

Deno.test("a body with a token and decisions, and nothing else, goes on with a call", () => {
  const decisions = [
    { ref: "1", decision: "approve" },
    { ref: "2", decision: "reject" },
    { ref: "3", decision: "reject", reason: "no" },
    { ref: "4", decision: "respond", output: [1] },
    { ref: "5", decision: "respond" },
  ];
  assert.deepEqual(readResumption({ resume: token, decisions }), {
    token,
    decisions: [...decisions.slice(0, 4), { ref: "5", decision: "respond", output: null }],
  });
});

Deno.test("any other body is an input", () => {
  for (
    const input of [
      {},
      { resume: token },
      { decisions: [] },
      { resume: 1, decisions: [] },
      { resume: token, decisions: [], name: "Ann" },
    ]
  ) {
    assert.equal(readResumption(input), undefined);
  }
});

Deno.test("a prompt's own input named resume stays an input, unless it is a token", () => {
  const schema = { properties: { resume: { type: "string" }, decisions: {} } };
  assert.equal(readResumption({ resume: "a CV", decisions: ["hire"] }, schema), undefined);
  assert.ok(readResumption({ resume: token, decisions: [] }, schema));
});

Deno.test("decisions that are none are refused by name", () => {
  const cases: [unknown, RegExp][] = [
    ["approve", /"decisions" should be a list/],
    [Array(65).fill({ ref: "1", decision: "approve" }), /a list of at most 64/],
    [[null], /"decisions\[0\].ref" should be the ref/],
    [[{ ref: 1, decision: "approve" }], /"decisions\[0\].ref"/],
    [[{ ref: "1" }], /"decisions\[0\].decision" should be "approve", "reject" or "respond"$/],
    [[{ ref: "1", decision: "approve", output: 1 }], /\[0\].output" should be absent/],
    [[{ ref: "1", decision: "reject", reason: 1 }], /\[0\].reason" should be a text/],
    [[{ ref: "1", decision: "reject", reason: "x".repeat(1001) }], /at most 1000 characters$/],
  ];
  for (const [decisions, message] of cases) {
    assert.throws(() => readResumption({ resume: token, decisions }), {
      status: "INVALID_ARGUMENT",
      message,
    });
  }
});
