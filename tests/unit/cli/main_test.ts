import { parseMetricsFlags } from "../../../cli/metrics_flags.ts";
import assert from "assert";
import { define as defineDiff, diffOptions } from "../../../cli/diff.ts";
import { define as defineExplain, explainOptions } from "../../../cli/explain.ts";
import { define as defineLint, lintOptions } from "../../../cli/lint.ts";
import { conformanceOptions, define as defineConformance } from "../../../cli/conformance.ts";
import { main, type Subcommand } from "../../../cli/main.ts";
import { define as defineOperator, operatorOptions } from "../../../cli/operator.ts";
import { define as definePreflight, preflightOptions } from "../../../cli/preflight.ts";
import { define as definePush, pushOptions } from "../../../cli/push.ts";
import { define as defineRender, renderOptions } from "../../../cli/render.ts";
import { define as defineRunner, runnerOptions } from "../../../cli/runner.ts";
import { define as defineServe, serveOptions } from "../../../cli/serve.ts";
import { subcommands } from "../../../mod.ts";

/** Runs a command line whose subcommands only note what they would be called with. */
async function run(...args: string[]) {
  const out = {
    code: 0,
    stdout: "",
    stderr: "",
    loaded: [] as string[],
    options: undefined as unknown,
  };
  const noting: Subcommand[] = [
    {
      ...subcommands[0]!,
      load() {
        out.loaded.push("serve");
        return Promise.resolve({
          define(command) {
            defineServe(command);
            command.action((paths, flags) => void (out.options = serveOptions(paths, flags)));
          },
        });
      },
    },
    {
      ...subcommands[1]!,
      load() {
        out.loaded.push("runner");
        return Promise.resolve({
          define(command) {
            defineRunner(command);
            command.action((flags) => void (out.options = runnerOptions(flags, undefined)));
          },
        });
      },
    },
    {
      ...subcommands.find(({ name }) => name === "operator")!,
      load() {
        out.loaded.push("operator");
        return Promise.resolve({
          define(command) {
            defineOperator(command);
            command.action((flags) => void (out.options = operatorOptions(flags)));
          },
        });
      },
    },
    {
      ...subcommands.find(({ name }) => name === "preflight")!,
      load() {
        out.loaded.push("preflight");
        return Promise.resolve({
          define(command) {
            definePreflight(command);
            command.action((flags) => void (out.options = preflightOptions(flags)));
          },
        });
      },
    },
    {
      ...subcommands.find(({ name }) => name === "push")!,
      load() {
        out.loaded.push("push");
        return Promise.resolve({
          define(command) {
            definePush(command);
            command.action((url, path, flags) =>
              void (out.options = pushOptions(url, path, flags))
            );
          },
        });
      },
    },
    {
      ...subcommands.find(({ name }) => name === "lint")!,
      load() {
        out.loaded.push("lint");
        return Promise.resolve({
          define(command) {
            defineLint(command);
            command.action((_, flags) => void (out.options = lintOptions(flags)));
          },
        });
      },
    },
    {
      ...subcommands.find(({ name }) => name === "render")!,
      load() {
        out.loaded.push("render");
        return Promise.resolve({
          define(command) {
            defineRender(command);
            command.action((_, flags) => void (out.options = renderOptions(flags)));
          },
        });
      },
    },
    {
      ...subcommands.find(({ name }) => name === "explain")!,
      load() {
        out.loaded.push("explain");
        return Promise.resolve({
          define(command) {
            defineExplain(command);
            command.action((target, flags) => void (out.options = explainOptions(target, flags)));
          },
        });
      },
    },
    {
      ...subcommands.find(({ name }) => name === "diff")!,
      load() {
        out.loaded.push("diff");
        return Promise.resolve({
          define(command) {
            defineDiff(command);
            command.action((_, flags) => void (out.options = diffOptions(flags)));
          },
        });
      },
    },
    {
      ...subcommands.find(({ name }) => name === "conformance")!,
      load() {
        out.loaded.push("conformance");
        return Promise.resolve({
          define(command) {
            defineConformance(command);
            command.action((words, flags) => void (out.options = conformanceOptions(words, flags)));
          },
        });
      },
    },
    {
      name: "fail",
      summary: "fails",
      load: () =>
        Promise.resolve({
          define: (command) => void command.action(() => Promise.reject(new Error("Cannot fail"))),
        }),
    },
  ];
  out.code = await main(args, noting, {
    stdout: (text) => out.stdout += text,
    stderr: (text) => out.stderr += text,
  });
  return out;
}

const serveDefaults = {
  paths: ["f.yaml"],
  port: 8080,
  host: "127.0.0.1",
  offline: false,
  watch: true,
  resources: [],
  page: true,
  logFormat: "text",
  logLevel: "info",
  drainDelay: 0,
  telemetry: { recordContent: false },
};

Deno.test("serve takes its defaults from its flags' table", async () => {
  assert.deepEqual((await run("serve", "f.yaml")).options, serveDefaults);
});

Deno.test("serve passes every flag on", async () => {
  const { options, code } = await run(
    ...["serve", "a.yaml", "b", "--port=0", "--host", "::1", "--offline", "--no-watch"],
    "--no-page",
    ...["--log-format", "json", "--log-level=debug", "--drain-delay", "250ms"],
    ...["--metrics-port", "9090", "--record-content"],
    ...["--resources", "schemas/**", "--resources", "data/*.csv"],
  );
  assert.deepEqual([code, options], [0, {
    paths: ["a.yaml", "b"],
    port: 0,
    host: "::1",
    offline: true,
    watch: false,
    resources: ["schemas/**", "data/*.csv"],
    page: false,
    logFormat: "json",
    logLevel: "debug",
    drainDelay: 250,
    telemetry: { recordContent: true, metrics: { port: 9090, optional: false } },
  }]);
});

Deno.test("serve records or replays, and not both, nor offline", async () => {
  for (const mode of ["record", "replay"] as const) {
    const { options } = await run("serve", "f.yaml", `--${mode}`, "a.jsonl");
    assert.deepEqual(options, { ...serveDefaults, recording: { file: "a.jsonl", mode } });
    const offline = await run("serve", "f.yaml", `--${mode}=a.jsonl`, "--offline");
    assert.equal(offline.code, 2);
    const should = "it should be given without --offline, which answers every model by echo";
    assert.match(offline.stderr, new RegExp(`--${mode} is "a.jsonl", ${should}`));
  }
  const both = await run("serve", "f.yaml", "--record", "a.jsonl", "--replay", "b.jsonl");
  assert.equal(both.code, 2);
  assert.match(both.stderr, /--replay is "b.jsonl", it should be given without --record/);
});

Deno.test("of a flag that is given twice, the last counts", async () => {
  const { options } = await run("serve", "--port", "1", "f.yaml", "--port=2");
  assert.deepEqual(options, { ...serveDefaults, port: 2 });
});

Deno.test("what follows -- is a PATH, whatever it looks like; - is one too", async () => {
  const { options } = await run("serve", "-", "--", "--offline", "-x.yaml");
  assert.deepEqual(options, { ...serveDefaults, paths: ["-", "--offline", "-x.yaml"] });
});

Deno.test("runner listens on --port, else on PORT, else on 8080", async () => {
  const flags = {
    root: "/genkit",
    host: "0.0.0.0",
    logFormat: "json",
    logLevel: "info",
    drainDelay: "5s",
    grace: "30s",
    recordContent: false,
  };
  const { recordContent: _, ...rest } = flags;
  assert.deepEqual((await run("runner")).options, {
    ...rest,
    port: 8080,
    drainDelay: 5000,
    grace: 30_000,
    page: false,
    telemetry: { recordContent: false, metrics: { port: 9464, optional: true } },
  });
  assert.equal(runnerOptions({ ...flags, port: "9000" }, "7000").port, 9000);
  assert.equal(runnerOptions({ ...flags, port: "9000" }, "nonsense").port, 9000);
  assert.equal(runnerOptions(flags, "7000").port, 7000);
  assert.equal(runnerOptions(flags, "").port, 8080);
  assert.throws(() => runnerOptions(flags, "http"), { message: /^PORT is "http", it should be a/ });
});

Deno.test("in a pod, a runner is told of its log and its grace by the environment; flags go before", async () => {
  const environment = {
    GENKITD_GRACE: "10m",
    GENKITD_LOG_LEVEL: "debug",
    GENKITD_LOG_FORMAT: "text",
  };
  for (const [name, value] of Object.entries(environment)) Deno.env.set(name, value);
  try {
    const told = (await run("runner")).options as unknown as Record<string, unknown>;
    assert.deepEqual([told.grace, told.logLevel, told.logFormat], [600_000, "debug", "text"]);
    const flagged = (await run("runner", "--grace", "1s")).options as unknown as { grace: number };
    assert.equal(flagged.grace, 1000);
    Deno.env.set("GENKITD_GRACE", "long");
    assert.match((await run("runner")).stderr, /^error: GENKITD_GRACE is "long", it should be /);
    const wrong = await run("runner", "--grace", "short");
    assert.match(wrong.stderr, /^error: --grace is "short", it should be /);
    Deno.env.set("GENKITD_GRACE", "1s");
    Deno.env.set("GENKITD_LOG_LEVEL", "loud");
    const should = 'GENKITD_LOG_LEVEL is "loud", it should be one of debug, info, warn, error';
    assert.ok((await run("runner")).stderr.startsWith(`error: ${should}\n`));
    assert.ok((await run("operator")).stderr.startsWith(`error: ${should}\n`));
    Deno.env.set("GENKITD_LOG_LEVEL", "info");
    Deno.env.set("GENKITD_LOG_FORMAT", "xml");
    assert.match((await run("operator")).stderr, /^error: GENKITD_LOG_FORMAT is "xml", /);
  } finally {
    for (const name of Object.keys(environment)) Deno.env.delete(name);
  }
});

Deno.test("a runner's metrics are on 9464 if that is free, on --metrics-port, or off", () => {
  const metrics = (metricsPort?: string) =>
    parseMetricsFlags({ recordContent: false, ...metricsPort && { metricsPort } }, 9464).metrics;
  assert.deepEqual(metrics(), { port: 9464, optional: true });
  assert.deepEqual(metrics("9464"), { port: 9464, optional: false });
  assert.deepEqual(metrics("0"), { port: 0, optional: false });
  assert.equal(metrics("off"), undefined);
  assert.throws(() => metrics("no"), { message: /^--metrics-port is "no", it should be / });
});

Deno.test("a runner whose flows have the port 9464 leaves it to them", async () => {
  const telemetry = async (...args: string[]) =>
    ((await run("runner", ...args)).options as { telemetry: unknown }).telemetry;
  const metrics = { port: 9464, optional: true };
  assert.deepEqual(await telemetry("--port", "9464"), { recordContent: false });
  assert.deepEqual(await telemetry("--port", "9465"), { recordContent: false, metrics });
});

Deno.test("a name that no namespace can have is refused, and not waited for", async () => {
  const flags = ["--namespace", "--lease-namespace", "--legacy-namespace", "--source-namespaces"];
  const calls = [...flags.map((flag) => ["operator", flag]), ["preflight", "--namespace"]];
  for (const [command = "", flag = ""] of calls) {
    const { code, stderr } = await run(command, flag, "A_B");
    assert.equal(code, 2, flag);
    assert.ok(stderr.startsWith(`error: ${flag} is "A_B", it should be the name of a namespace: `));
  }
});

Deno.test("preflight looks at the whole cluster, and prints a table", async () => {
  const defaults = {
    kubeconfig: undefined,
    namespace: undefined,
    legacyNamespace: "genkit-operator-system",
    output: "table",
  };
  assert.deepEqual((await run("preflight")).options, defaults);
  const { options } = await run(
    ...["preflight", "--kubeconfig=k", "--namespace=n", "--legacy-namespace=l", "--output=json"],
  );
  assert.deepEqual(options, {
    kubeconfig: "k",
    namespace: "n",
    legacyNamespace: "l",
    output: "json",
  });
});

Deno.test("a wrong command line ends with 2, and says on standard error what is wrong", async () => {
  const cases: [string, string, string][] = [
    ["sevre", 'unknown command "sevre" (did you mean "serve"?)', "genkitd"],
    ["help runer", 'unknown command "runer" (did you mean "runner"?)', "genkitd"],
    ["frobnicate --help", 'unknown command "frobnicate"', "genkitd"],
    ["--verzion", 'unknown option "--verzion" (did you mean "--version"?)', "genkitd"],
    ["serve f --prot 1", 'unknown option "--prot" (did you mean "--port"?)', "genkitd serve"],
    ["serve f --watch", 'unknown option "--watch" (did you mean "--no-watch"?)', "genkitd serve"],
    ["serve f -p 1", 'unknown option "-p"', "genkitd serve"],
    ["serve", 'missing argument "PATH", or --config with sources', "genkitd serve"],
    ["serve f --port", 'option "--port <number>" argument missing', "genkitd serve"],
    [
      "serve f --port 99999",
      '--port is "99999", it should be a whole number from 0 to 65535 (0 takes any free port)',
      "genkitd serve",
    ],
    [
      "runner --log-level warning",
      '--log-level is "warning", it should be one of debug, info, warn, error (did you mean "warn"?)',
      "genkitd runner",
    ],
    [
      "preflight --output yaml",
      '--output is "yaml", it should be one of table, json',
      "genkitd preflight",
    ],
    [
      "runner x",
      'too many arguments for "runner". Expected 0 arguments but got 1: x',
      "genkitd runner",
    ],
  ];
  for (const [line, message, command] of cases) {
    const { code, stdout, stderr, options } = await run(...line.split(" "));
    assert.deepEqual({ code, stdout, stderr, options }, {
      code: 2,
      stdout: "",
      stderr: `error: ${message}\nRun "${command} --help" to see what it takes\n`,
      options: undefined,
    }, line);
  }
});

Deno.test("a failure at run time ends with 1, and its message stands on standard error", async () => {
  const { code, stdout, stderr } = await run("fail");
  assert.deepEqual([code, stdout, stderr], [1, "", "error: Cannot fail\n"]);
});

Deno.test("--version prints name and version", async () => {
  for (const flag of ["--version", "-V"]) {
    const { code, stdout, loaded } = await run(flag);
    assert.match(stdout, /^genkitd \d+\.\d+\.\d+\n$/);
    assert.deepEqual([code, loaded], [0, []]);
  }
});

Deno.test("help, --help, -h and nothing at all print every command, and load none", async () => {
  const texts = new Set<string>();
  for (const args of [[], ["help"], ["--help"], ["-h"]]) {
    const { code, stdout, stderr, loaded } = await run(...args);
    assert.deepEqual([code, stderr, loaded], [0, "", []]);
    texts.add(stdout);
  }
  assert.equal(texts.size, 1);
  for (const { name, summary } of subcommands) {
    assert.match([...texts][0]!, new RegExp(`^  ${name} +${summary}$`, "m"));
  }
});

Deno.test("every command has help with examples, which are right, within 100 columns", async () => {
  for (const { name } of subcommands) {
    const { code, stdout, loaded } = await run(name, "--help");
    assert.deepEqual([code, loaded], [0, [name]]);
    assert.equal((await run("help", name)).stdout, stdout);
    const lines = stdout.split("\n");
    assert.deepEqual(lines.filter((line) => line.length > 100), []);
    const examples = lines.slice(lines.indexOf("Examples:") + 1)
      .map((line) => /genkitd (.*?)(?:\s{2,}|$)/.exec(line)?.[1])
      .filter((line) => line !== undefined);
    assert.ok(examples.length >= 2, name);
    for (const example of examples) {
      const { code, stderr } = await run(...example.replaceAll("'", "").split(" "));
      assert.deepEqual([code, stderr], [0, ""], example);
    }
  }
});

Deno.test("version is --version, as with kubectl and helm", async () => {
  assert.equal((await run("version")).stdout, (await run("--version")).stdout);
});

Deno.test("help does not tell that a flag that may be repeated is absent by default", async () => {
  for (const { name } of subcommands) {
    const { stdout } = await run(name, "--help");
    assert.doesNotMatch(stdout, /default:\s+\[\]/, name);
  }
});
