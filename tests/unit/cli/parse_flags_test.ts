import assert from "assert";
import { parseTarget } from "../../../cli/parse_target.ts";
import { parseChoice } from "../../../cli/parse_choice.ts";
import { parseDuration } from "../../../cli/parse_duration.ts";
import { parsePort } from "../../../cli/parse_port.ts";
import { UsageError } from "../../../cli/usage_error.ts";

Deno.test("a port is a whole number from 0 to 65535", () => {
  for (const [text, port] of [["0", 0], ["8080", 8080], ["65535", 65535]] as const) {
    assert.equal(parsePort("--port", text), port);
  }
  for (const text of ["65536", "99999", "-1", "80.5", "1e3", "0x50", " 80", "abc", ""]) {
    assert.throws(
      () => parsePort("PORT", text),
      new UsageError("PORT", text, "a whole number from 0 to 65535 (0 takes any free port)"),
    );
  }
});

Deno.test("a duration is a number with its unit, or several, or 0", () => {
  const cases: [string, number][] = [
    ["0", 0],
    ["500ms", 500],
    ["5s", 5000],
    ["1.5s", 1500],
    ["1m", 60_000],
    ["1m30s", 90_000],
    ["24h", 86_400_000],
  ];
  for (const [text, ms] of cases) assert.equal(parseDuration("--grace", text), ms, text);
});

Deno.test("what is no duration, or longer than a day, is refused", () => {
  for (const text of ["5", "", "s", "-5s", "5 s", "5d", "1s2", "25h", "1..5s", "Infinitys"]) {
    assert.throws(() => parseDuration("--grace", text), {
      message:
        `--grace is "${text}", it should be a duration such as 500ms, 5s, 1m30s or 0, at most 24h`,
    });
  }
});

Deno.test("a choice is one of its words; near ones are suggested", () => {
  assert.equal(parseChoice("--log-format", "json", ["text", "json"]), "json");
  assert.throws(() => parseChoice("--log-format", "jsno", ["text", "json"]), {
    message: '--log-format is "jsno", it should be one of text, json (did you mean "json"?)',
  });
});

Deno.test("a target is KIND/NAME, with one of genkitd's kinds, which are told", () => {
  for (
    const type of [
      "Flows",
      "gfl",
      "flow.genkit.dev",
      "flows.genkit.dev",
      "flow.v1alpha1.genkit.dev",
    ]
  ) assert.deepEqual(parseTarget(`${type}/greeter`), { kind: "Flow", name: "greeter" });
  const should = "it should be KIND/NAME, such as flow/greeter, where KIND is one of " +
    "pluginconfig, model, prompt, tool, flow, flowset, dataset, eval, flowsource";
  assert.throws(() => parseTarget("greeter"), { message: `TARGET is "greeter", ${should}` });
  assert.throws(() => parseTarget("flow.apps/greeter"), {
    message: `TARGET is "flow.apps/greeter", ${should}`,
  });
  assert.throws(() => parseTarget("flwo/greeter"), {
    message: `TARGET is "flwo/greeter", ${should} (did you mean "flow"?)`,
  });
});
