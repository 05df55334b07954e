import type { Page } from "../pages.ts";
import { startLocalRegistry } from "./local_registry.ts";
import { ctrlC, haveFlows, haveKey, inTurn, measured, NPX, run, SERVES } from "./actions.ts";

const FLOW = `apiVersion: genkit.dev/v1alpha1
kind: Flow
metadata: { name: part }
%
`;
const REST = "  image: example.com/runner\n  promptRefs: [{ name: greeting }]\n";

/** A Helm chart, whose templates are no objects yet. */
const haveChart = run(
  `mkdir -p charts/flows/templates && cd charts/flows && cat > Chart.yaml <<'END'
apiVersion: v2
name: flows
version: 1.0.0
END
cat > templates/prompt.yaml <<'END'
apiVersion: genkit.dev/v1alpha1
kind: Prompt
metadata: { name: {{ .Release.Name }} }
spec: { content: Hello }
END
cd ../..`,
);

/** A base, and an overlay with a patch of it. */
const haveOverlay = run(`mkdir -p base overlays/production && cat > base/prompt.yaml <<'END'
apiVersion: genkit.dev/v1alpha1
kind: Prompt
metadata: { name: greeting }
spec: { content: Hello }
END
echo 'resources: [prompt.yaml]' > base/kustomization.yaml
cat > overlays/production/kustomization.yaml <<'END'
resources: [../../base]
patches: [{ path: patch.yaml }]
END
cat > overlays/production/patch.yaml <<'END'
apiVersion: genkit.dev/v1alpha1
kind: Prompt
metadata: { name: greeting }
spec: { content: Good day }
END`);

/** Pages of those who serve flows from files, or write them. */
export const servePages: Record<string, Page> = {
  "CONTRIBUTING.md": {
    commands: {
      [`${NPX} task test`]: {
        instead: {
          because: "this is one of the tests that it runs",
          run: run(`${NPX} task test tests/unit/nearest_test.ts`, /ok \|/),
        },
      },
      [`${NPX} task ok`]: {
        instead: { because: "these tests are a part of it", see: "tasks/ok.ts" },
      },
      [`${NPX} task bench`]: measured("bench:operator", "tests/bench/main.ts"),
      [`${NPX} task load`]: measured("load", "tests/e2e/load_test.ts"),
      [`${NPX} task serve PATH…`]: {
        put: { "PATH…": "examples/assistants.yaml --offline" },
        until: SERVES,
        after: ctrlC,
      },
      [`${NPX} task genkitd --help`]: { says: /^Usage: genkitd/m },
    },
    blocks: { "mod.ts      the table": { shows: "the folders" } },
  },
  "docs/architecture.md": {
    commands: {
      "deno task ok": {
        instead: { because: "these tests are a part of it", see: "tasks/ok.ts" },
      },
    },
    blocks: { "YAML files ──┐": { shows: "the way of data" } },
  },
  "docs/cache.md": { blocks: { "spec:\n  cache:": { within: FLOW + REST } } },
  "docs/configuration.md": {
    commands: {
      "genkitd serve --config genkitd.yaml": {
        before: inTurn(
          run("export GIT_TOKEN=one"),
          run("mkdir local && cp examples/assistants.yaml local/"),
          haveFlows,
          run("genkitd push oci://registry.example/team/flows:v1 flows/"),
          run("mkdir -p /run/secrets/registry"),
          run(`echo '{"auths":{}}' > /run/secrets/registry/.dockerconfigjson`),
        ),
        until: /"message":"serving"/,
        after: run("curl localhost:8080/sources", /"revision"/),
      },
      "GENKITD_SOURCES=": { before: ctrlC, until: /:9000/, after: ctrlC },
      "cosign trusted-root create": {
        instead: { because: "it asks Sigstore", see: "tests/sources/oci_signature_test.ts" },
      },
      "gh attestation trusted-root": {
        instead: { because: "it asks GitHub", see: "tests/sources/oci_signature_test.ts" },
      },
    },
    blocks: {
      "# yaml-language-server": {
        instead: { because: "a line for editors", see: "deploy/genkitd.schema.json" },
      },
      "cache:\n  type: nats": { within: "sources: [{ filesystem: { paths: [flows] } }]\n%\n" },
    },
  },
  "docs/contract.md": {
    commands: {
      [`${NPX} task conformance`]: {
        put: { "runner.js": "tests/fixtures/runners/runner.mjs" },
        says: /pass/,
      },
      "genkitd conformance --mount-path": {
        instead: {
          because: "there is no container engine; the flag is tried with a process",
          see: "tests/e2e/conformance_test.ts",
          run: run("genkitd conformance --help", /--mount-path/),
        },
      },
    },
    blocks: { "/genkit/": { shows: "the tree" } },
  },
  "docs/inspect.md": {
    blocks: {
      "Flow greeter; an edit": {
        instead: { because: "it is a golden file's", see: "tests/golden/explain" },
      },
      "~ Model": { instead: { because: "it is a golden file's", see: "tests/golden/diff" } },
    },
  },
  "docs/lint.md": {
    commands: {
      "helm template charts/flows": { before: haveChart, says: /\b1 valid object\b/ },
      "kubectl kustomize overlays/production": {
        before: haveOverlay,
        says: /\b1 valid object\b/,
      },
    },
    blocks: {
      "repos:": { instead: { because: "pre-commit's file", see: ".pre-commit-hooks.yaml" } },
    },
  },
  "docs/protection.md": {
    blocks: {
      "apiVersion: genkit.dev/v1alpha1\nkind: Flow\nmetadata: { name: greeter }\nspec:\n  # image":
        {
          within: `%\n${REST}`,
        },
    },
  },
  "docs/replay.md": {
    commands: {
      "genkitd serve flows/ --record": {
        before: inTurn(haveFlows, haveKey),
        until: SERVES,
        after: inTurn(run(`curl -d '{"name":"Ann"}' localhost:8080/hello`, /Hallo Ann!/), ctrlC),
      },
      "genkitd serve flows/ --replay": {
        before: run("unset GEMINI_API_KEY"),
        until: SERVES,
        after: run(`curl -d '{"name":"Ann"}' localhost:8080/hello`, /Hallo Ann!/),
      },
    },
  },
  "docs/resources.md": {
    commands: {
      "genkitd serve flows/ --resources": {
        before: inTurn(
          run("mkdir flows && cp -r examples/sources/resources/. flows/"),
          run("export ANTHROPIC_API_KEY=one"),
          haveKey,
        ),
        until: SERVES,
        after: ctrlC,
      },
      "genkitd serve git+https": { until: SERVES, after: ctrlC },
      "genkitd push": { says: /sha256:/ },
    },
    blocks: {
      "flows/\n": { shows: "the folder" },
      "apiVersion: genkit.dev/v1alpha1\nkind: Prompt\nmetadata: { name: digest }": {
        use: async (text, reader) => {
          const { world, terminal } = reader;
          const folder = `${world.checkout}/with_resources`;
          await terminal.run(`mkdir -p ${folder}/prompts ${folder}/schemas`);
          await Deno.writeTextFile(`${folder}/flows.yaml`, text);
          await Deno.writeTextFile(`${folder}/prompts/digest.prompt`, "The news of {{topic}}");
          await Deno.writeTextFile(`${folder}/schemas/headlines.json`, '{"type":"object"}');
          await run(`genkitd lint ${folder} --resources 'schemas/*.json'`, /2 valid objects/)(
            reader,
          );
        },
      },
    },
  },
  "docs/schedules.md": {
    blocks: {
      "apiVersion: genkit.dev/v1alpha1\nkind: Flow # or": { within: `%\n${REST}` },
    },
  },
  "docs/sources.md": {
    commands: {
      "genkitd serve flows/ 'git+https": {
        before: inTurn(haveFlows, haveKey),
        until: SERVES,
        after: ctrlC,
      },
      "genkitd push oci://registry.example/team/flows:v1.2.0 flows/": { says: /sha256:/ },
      "genkitd serve 'oci://": {
        until: SERVES,
        after: inTurn(run(`curl -d '{"name":"Ann"}' localhost:8080/greeter`, /Hello Ann/), ctrlC),
      },
      "flux push artifact": {
        instead: { because: "flux is not here", see: "tests/sources/oci_layers_test.ts" },
      },
      "cosign sign --key": {
        instead: { because: "cosign is not here", see: "tests/sources/oci_signature_test.ts" },
      },
      "cosign trusted-root create": {
        instead: { because: "it asks Sigstore", see: "tests/sources/oci_signature_test.ts" },
      },
      "deno test -A": {
        instead: {
          because: "they are run with all tests",
          see: "tests/e2e/serve_nats_flows_test.ts",
          run: run("ls tests/e2e/serve_push_test.ts tests/e2e/serve_nats_flows_test.ts"),
        },
      },
    },
  },
  "docs/telemetry.md": {
    commands: {
      "OTEL_DENO=true": {
        before: run(
          `genkitd render --layout trees examples/assistants.yaml`,
        ),
        // In a pod it is /genkit, which is no folder of this machine.
        put: { "genkitd runner": "genkitd runner --root trees/default/assistants" },
        until: /"ready"/,
      },
    },
  },
  "docs/tools.md": {
    blocks: {
      "implementation:": {
        within: `apiVersion: genkit.dev/v1alpha1
kind: Tool
metadata: { name: refund }
spec:
  definition: { description: Pays back }
  %
`,
      },
    },
  },
  "examples/README.md": {
    commands: {
      "genkitd serve examples/features/structured-output": { until: SERVES, after: ctrlC },
      "genkitd serve --config examples/sources/oci/genkitd.yaml --offline": { until: SERVES },
      "docker run": {
        instead: {
          because: "there is no container engine: the registry is Debian's",
          run: inTurn(ctrlC, startLocalRegistry),
        },
      },
    },
  },
};
