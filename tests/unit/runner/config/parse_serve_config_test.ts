import assert from "assert";
import { parseServeConfig } from "../../../../runner/config/parse_serve_config.ts";

function parse(text: string, environment: Record<string, string> = {}) {
  return parseServeConfig({ file: { path: "conf/genkitd.yaml", text }, environment });
}

/** What is wrong, without the first line. */
function faults(text: string, environment: Record<string, string> = {}): string[] {
  try {
    parse(text, environment);
  } catch (error) {
    const [head, ...lines] = (error as Error).message.split("\n");
    assert.equal(head, 'Cannot use the configuration of "conf/genkitd.yaml":');
    return lines.map((line) => line.trim());
  }
  assert.fail("it was accepted");
}

Deno.test("without a file and variables all is as serve's flags have it", () => {
  const { config, warnings } = parseServeConfig({ environment: {} });
  assert.deepEqual(config, {
    sources: [],
    listen: { host: "127.0.0.1", port: 8080 },
    telemetry: { metricsPort: "off", recordContent: false },
    log: { format: "text", level: "info" },
    offline: false,
    watch: true,
    page: true,
    drainDelay: "0s",
  });
  assert.deepEqual(warnings, []);
});

Deno.test("a file that is empty, or only comments, is no fault", () => {
  assert.equal(parse("").config.listen.port, 8080);
  assert.equal(parse("# nothing yet\n").config.listen.port, 8080);
  assert.equal(parse("---\n# nothing yet\n---\n").config.listen.port, 8080);
});

Deno.test("a variable goes before the file; an empty one counts as not set", () => {
  const text =
    "listen: { port: 1, host: ::1 }\nlog: { level: warn }\ntelemetry: { metricsPort: 2 }\n";
  const { config } = parse(text, {
    GENKITD_LISTEN_PORT: "9000",
    GENKITD_LISTEN_HOST: "",
    GENKITD_TELEMETRY_METRICS_PORT: "off",
    GENKITD_TELEMETRY_RECORD_CONTENT: "true",
    GENKITD_DRAIN_DELAY: "5s",
  });
  assert.deepEqual(config.listen, { port: 9000, host: "::1" });
  assert.deepEqual(config.telemetry, { metricsPort: "off", recordContent: true });
  assert.equal(config.log.level, "warn");
  assert.equal(config.drainDelay, "5s");
});

Deno.test("variables alone make a whole configuration; lists are JSON or YAML", () => {
  const { config } = parseServeConfig({
    environment: {
      GENKITD_SOURCES: '[{"git":{"url":"https://git.example/f.git","interval":"5s"}}]',
      GENKITD_CACHE_TYPE: "nats",
      GENKITD_CACHE_URL: "nats://n",
      GENKITD_CACHE_CREDS_FILE: "creds/of/nats",
    },
  });
  assert.equal(config.sources[0]!.git!.interval, "5s");
  assert.deepEqual(config.cache!.creds, { file: "creds/of/nats" });
  assert.equal(config.cache!.leaseDuration, "60s");
  const yaml = { GENKITD_SOURCES: "[{filesystem: {paths: [a]}}]" };
  const { sources } = parseServeConfig({ environment: yaml }).config;
  assert.deepEqual(sources[0]!.filesystem, { paths: ["a"] });
});

Deno.test("paths of the file are relative to its folder, those of variables are not", () => {
  const text = `sources:
  - filesystem: { paths: [flows/, ../shared/*.yaml, /abs, "-"] }
  - git: { url: "https://g.example/f.git", auth: { token: { file: token } } }
`;
  const { sources } = parse(text).config;
  assert.deepEqual(sources[0]!.filesystem!.paths, [
    "conf/flows/",
    "shared/*.yaml",
    "/abs",
    "-",
  ]);
  assert.deepEqual(sources[1]!.git!.auth!.token, { file: "conf/token" });
  const variable = { GENKITD_SOURCES: "[{filesystem: {paths: [flows/]}}]" };
  assert.deepEqual(parse(text, variable).config.sources[0]!.filesystem!.paths, ["flows/"]);
});

Deno.test("everything that is wrong is told at once, each at its line and column", () => {
  const text = `sources:
  - filesystm: { paths: [flows] }
  - git:
      url: https://git.example/a.git
      interval: 1 minute
  - git: { url: "https://git.example/a.git", ref: { branch: a, tag: b } }
listen: { prot: 80, port: http }
telemetry: { metricsPort: on }
cache: { url: "nats://n", type: redis }
`;
  assert.deepEqual(faults(text), [
    'conf/genkitd.yaml:2:5: sources[0].filesystm is not a known field (did you mean "filesystem"?)',
    'conf/genkitd.yaml:7:17: listen.prot is not a known field (did you mean "port"?)',
    "conf/genkitd.yaml:2:5: sources[0] should have exactly one of filesystem, git and oci",
    'conf/genkitd.yaml:5:17: sources[1].git.interval is "1 minute", should be a duration with a ' +
    'unit, such as "30s" or "5m"',
    "conf/genkitd.yaml:6:46: sources[2].git.ref has more than one of branch, tag, semver, commit " +
    "and name, should have one",
    'conf/genkitd.yaml:9:33: cache.type is "redis", should be nats',
    'conf/genkitd.yaml:7:27: listen.port is "http", should be a number',
    "conf/genkitd.yaml:8:27: telemetry.metricsPort should be a port from 0 to 65535, or off",
  ]);
});

for (
  const [what, text, fault] of [
    ["a list", "- a\n", "1:1: it should be a map, such as sources: […]"],
    ["no YAML", "listen: {\n  port: 1\nlog: {}\n", /^conf\/genkitd\.yaml:3:1: /],
    [
      "a key twice",
      "offline: true\noffline: false\n",
      '2:1: key "offline" is already set in this map',
    ],
    [
      "two sources of one name",
      'sources: [{oci: {url: "oci://r.example/a"}}, {oci: {url: "oci://r.example/a"}}]',
      '1:46: sources[1].name is "oci://r.example/a", as that of sources[0]; they should differ',
    ],
    [
      "a cache that is not followed",
      "watch: false\ncache: { type: nats, url: n }\n",
      "1:8: watch should be true where cache is set: nodes that share a cache follow it",
    ],
    [
      "a number where a duration should be",
      "drainDelay: 5\n",
      '1:13: drainDelay is the number 5, should be a duration with a unit, such as "30s" or "5m"',
    ],
    [
      "a second document",
      "---\nlog: { level: info }\n--- # more\nlisten: { port: 1 }\n---\nc: 1\n",
      '3:1: a second document begins here, should be one: all of it in one map, without "---"',
    ],
    [
      "what is wrong behind the mark of a document",
      "%YAML 1.2\n# first\n---\nlisten: { prot: 1 }\n---\n# nothing\n",
      '4:17: listen.prot is not a known field (did you mean "port"?)',
    ],
    [
      "a lease of no time",
      "cache: { type: nats, url: n, leaseDuration: 1s }\n",
      "1:45: cache.leaseDuration should be from 2s to 1h",
    ],
  ] as const
) {
  Deno.test(`${what} is refused, with its place`, () => {
    const [first] = faults(text);
    if (typeof fault === "string") assert.equal(first, `conf/genkitd.yaml:${fault}`);
    else assert.match(first!, fault);
  });
}

Deno.test("a fault of a variable is told by the variable's name", () => {
  const environment = {
    GENKITD_LISTEN_PORT: "http",
    GENKITD_OFFLINE: "yes",
    GENKITD_SOURCES: "[{git: {}}]",
  };
  assert.deepEqual(faults("listen: { port: 1 }\n", environment), [
    "GENKITD_SOURCES: [0].git.url is missing, should be a text",
    'GENKITD_LISTEN_PORT is "http", should be a number',
    'GENKITD_OFFLINE is "yes", should be true or false',
  ]);
  assert.deepEqual(faults("", { GENKITD_SOURCES: "[{git" }), [
    `GENKITD_SOURCES is no JSON; it should be a list, such as '[{"git":{…}}]'`,
  ]);
});

Deno.test("a misspelled variable is warned of; what Kubernetes sets for a Service is not", () => {
  const { warnings } = parse("", {
    GENKITD_LISTEN_PROT: "1",
    GENKITD_PORT: "tcp://10.0.0.1:80",
    GENKITD_SERVICE_HOST: "10.0.0.1",
    GENKITD_GIT_TOKEN: "t",
  });
  assert.deepEqual(warnings, [
    'the variable GENKITD_LISTEN_PROT is not known (did you mean "GENKITD_LISTEN_PORT"?)',
  ]);
});

Deno.test("a secret in the file is warned of, at its line, and never quoted", () => {
  const text = `sources:
  - git:
      url: https://git.example/a.git
      auth:
        username: ann
        password: hunter2
cache: { type: nats, url: "nats://ann:hunter2@n" }
`;
  const { warnings } = parse(text);
  assert.deepEqual(warnings, [
    "conf/genkitd.yaml:6:19: sources[0].git.auth.password is a secret in the file: {env: NAME} or " +
    "{file: PATH} is safer",
    "conf/genkitd.yaml:7:27: cache.url holds a password: a variable of the process is safer",
  ]);
  const wrong = text.replace("hunter2\ncache", "[hunter2]\ncache");
  assert.deepEqual(faults(wrong), [
    "conf/genkitd.yaml:6:9: sources[0].git.auth.password should be {env: NAME}, {file: PATH}, or " +
    "a text in quotes",
  ]);
});

for (
  const text of [
    "token: !S3CR3T x",
    "token: *S3CR3T",
    "token: |S3CR3T\n        x",
    'token: ok\n"S3CR3T" "S3CR3T"',
    "token: ok\n}S3CR3T",
    'token: "S3CR3T" S3CR3T',
    "token: [S3CR3T]",
    "token: 'S3CR3T",
    "token: S3CR3T: x",
    "S3CR3T",
  ]
) {
  Deno.test(`what is wrong is told without the secret that it is: ${text.split("\n").at(-1)}`, () => {
    const file =
      `sources:\n  - git:\n      url: https://g.example/f\n      auth:\n        ${text}\n`;
    const told = faults(file);
    assert.match(told.join("\n"), /^conf\/genkitd\.yaml:\d+:\d+: \S.+$/);
    assert.doesNotMatch(told.join("\n"), /S3CR3T/);
  });
}

Deno.test("addresses and ranges from which nothing can be read are told with their line", () => {
  const told = (source: string) => faults(`sources:\n  - ${source}\n`).join();
  const git = (url: string) => told(`git: { url: "${url}" }`);
  const refused = "conf/genkitd.yaml:2:17: sources[0].git.url cannot be used: ";
  const should = 'it is no URL, and should be like "https://host/path"';
  assert.equal(git("git@git.example:team/flows.git"), refused + should);
  assert.equal(
    git("ssh://git@git.example/flows.git"),
    `${refused}it has the scheme "ssh", and should have https`,
  );
  assert.equal(
    git("http://git.example/flows.git"),
    `${refused}it is http without TLS to "git.example", should be https, or insecure be set`,
  );
  assert.equal(
    git("https://ann:hunter2@git.example/flows.git"),
    `${refused}it holds a user name or password, which belong in auth`,
  );
  const oci = "conf/genkitd.yaml:2:17: sources[0].oci.url cannot be used: ";
  const like = 'should be like "oci://registry.example/team/flows:v1"';
  assert.equal(
    told(`oci: { url: "https://registry.example/flows" }`),
    `${oci}it does not begin with oci://, ${like}`,
  );
  assert.equal(
    told(`oci: { url: "oci://ann:hunter2@registry.example/flows" }`),
    `${oci}it has no registry's host, ${like}`,
  );
  assert.equal(
    told(`oci: { url: "oci://registry.example/flows", ref: { semver: latest } }`),
    'conf/genkitd.yaml:2:64: sources[0].oci.ref.semver should be a range of versions, such as ">=1.2 <2"',
  );
  assert.equal(
    told(`filesystem: { paths: [""] }`),
    "conf/genkitd.yaml:2:27: sources[0].filesystem.paths[0] is empty, should not be",
  );
  const local = 'git: { url: "http://127.0.0.1:8080/flows.git" }';
  const insecure = 'git: { url: "http://git.example/flows.git", insecure: true }';
  for (const source of [local, insecure]) parse(`sources:\n  - ${source}\n`);
});
