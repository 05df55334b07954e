import assert from "assert";
import { colors, paintFor, plain } from "../../../cli/paint.ts";
import { banner, curl, localUrl, reloadLine, routeTable } from "../../../cli/serve_output.ts";
import { textReport } from "../../../cli/text_report.ts";
import type { ServedRoute } from "../../../runner/serve_report.ts";
import { VERSION } from "../../../shared/version.ts";

const url = "http://127.0.0.1:8080";
const greeter: ServedRoute = {
  path: "/greeter",
  flow: "greeter",
  owner: "FlowSet demo/assistants",
  model: "anthropic/claude-opus-4-7",
  sampleInput: { name: "Ann" },
};
const weather: ServedRoute = {
  path: "/weather-report",
  flow: "weather-report",
  owner: "Flow demo/w",
  model: "googleai/gemini-3-pro",
  sampleInput: {},
  failed: 'Prompt "weather" is not found in namespace "demo" (did you mean "wether"?)',
};

/** What a text report writes while `tell` talks to it. */
function written(
  options: { offline?: boolean },
  tell: (report: ReturnType<typeof textReport>) => void,
) {
  const lines: string[] = [];
  const write = (text: string) => lines.push(...text.split("\n"));
  tell(textReport({ paths: ["flows"], offline: false, paint: plain, write, ...options }));
  return lines;
}

Deno.test("serving shows the banner, and each route with a line to paste or its failure", () => {
  const lines = written({ offline: true }, (report) => report.serving(url, [greeter, weather]));
  assert.deepEqual(lines, [
    `genkitd ${VERSION} serves 2 flows from flows at ${url}`,
    "Offline: every model is answered by echo",
    "",
    "  POST /greeter          FlowSet demo/assistants   anthropic/claude-opus-4-7",
    `    curl -d '{"name":"Ann"}' http://127.0.0.1:8080/greeter`,
    "  POST /weather-report   Flow demo/w               googleai/gemini-3-pro",
    '    failed: Prompt "weather" is not found in namespace "demo" (did you mean "wether"?)',
    "",
  ]);
});

Deno.test("the banner counts right, and says offline only when it is so", () => {
  const line = (paths: string[], flows: number) =>
    banner({ paths, url, flows, offline: false }, plain);
  assert.equal(line(["a.yaml"], 1), `genkitd ${VERSION} serves 1 flow from a.yaml at ${url}`);
  assert.equal(line(["a", "-"], 0), `genkitd ${VERSION} serves 0 flows from a, - at ${url}`);
  assert.match(line(["1", "2", "3", "4", "5", "6", "7"], 2), /from 1, 2, 3, 4, 5 and 2 more at /);
});

Deno.test("a curl line survives the shell", async () => {
  const sampleInput = { text: `it's $HOME \`x\` "q" \\ é` };
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", `curl() { printf '%s' "$2"; }; ${curl({ ...greeter, sampleInput }, url)}`],
  }).output();
  assert.deepEqual(JSON.parse(new TextDecoder().decode(stdout)), sampleInput);
});

Deno.test("a reload says which flows it touched, and shows the new and the failed ones", () => {
  const lines = written({}, (report) => {
    report.serving(url, []);
    report.reloaded({ added: ["greeter"], changed: ["weather-report", "x"], removed: ["old"] }, [
      greeter,
      weather,
      { ...greeter, path: "/x", flow: "x" },
    ]);
  });
  assert.deepEqual(lines.slice(1), [
    "Reloaded: changed weather-report, x; added greeter; removed old",
    "",
    "  POST /greeter          FlowSet demo/assistants   anthropic/claude-opus-4-7",
    `    curl -d '{"name":"Ann"}' http://127.0.0.1:8080/greeter`,
    "  POST /weather-report   Flow demo/w               googleai/gemini-3-pro",
    `    failed: ${weather.failed}`,
    "",
  ]);
});

Deno.test("a reload that touches nothing is not worth a line", () => {
  assert.equal(reloadLine({ added: [], changed: [], removed: [] }), "");
  const none = { added: [], changed: [], removed: [] };
  assert.deepEqual(written({}, (report) => report.reloaded(none, [greeter])), []);
});

Deno.test("problems show file, line, column and the line itself", () => {
  const text = "kind: Flow\nspec:\n  port: abc\n";
  const problem = { file: "f.yaml", line: 3, column: 9, message: "is a text" };
  const problems = [problem, { file: "g.yaml", message: "cannot be read: permission denied" }];
  const texts = new Map([["f.yaml", text]]);
  const lines = written({}, (report) => {
    report.problems(problems, texts);
    report.serving(url, []);
    report.problems([problem], texts);
    report.warnings([problem], texts);
  });
  assert.deepEqual(lines, [
    "f.yaml:3:9: is a text",
    "    3 |   port: abc",
    "      |         ^",
    "g.yaml: cannot be read: permission denied",
    "2 problems",
    `genkitd ${VERSION} serves 0 flows from flows at ${url}`,
    "f.yaml:3:9: is a text",
    "    3 |   port: abc",
    "      |         ^",
    "1 problem; what was served before still is",
    "f.yaml:3:9: warning: is a text",
    "    3 |   port: abc",
    "      |         ^",
  ]);
});

Deno.test("colours only on a terminal, and never with NO_COLOR", () => {
  assert.equal(paintFor({ terminal: true, noColor: undefined }), colors);
  assert.equal(paintFor({ terminal: true, noColor: "" }), colors);
  assert.equal(paintFor({ terminal: true, noColor: "1" }), plain);
  assert.equal(paintFor({ terminal: false, noColor: undefined }), plain);
});

Deno.test("colours change nothing but colours", () => {
  // deno-lint-ignore no-control-regex
  const strip = (text: string) => text.replace(/\x1b\[\d+m/g, "");
  const colored = routeTable([greeter, weather], url, colors);
  assert.notEqual(colored, strip(colored));
  assert.equal(strip(colored), routeTable([greeter, weather], url, plain));
});

Deno.test("the address to paste is one that this machine reaches", () => {
  const cases = [
    ["127.0.0.1", "http://127.0.0.1:80"],
    ["0.0.0.0", "http://127.0.0.1:80"],
    ["::", "http://[::1]:80"],
    ["::1", "http://[::1]:80"],
    ["localhost", "http://localhost:80"],
  ];
  for (const [host, expected] of cases) assert.equal(localUrl(host!, 80), expected);
});
