import assert from "assert";
import { KEY } from "../../runner/gemini_server.ts";
import type { Action, Treatment } from "../page_table.ts";

/** How a page of the checkout starts Deno. */
export const NPX = `npx -y deno@${Deno.version.deno}`;

/** What `serve` says when it serves. */
export const SERVES = /curl -d .* http:\S+\n/;

/** Does one after the other. */
export function inTurn(...actions: Action[]): Action {
  return async (reader) => {
    for (const action of actions) await action(reader);
  };
}

/** Runs a command that the page has not, or has in words; it must end well. */
export function run(command: string, says?: RegExp): Action {
  return async ({ terminal }) => {
    const { code, output } = await terminal.run(command);
    assert.equal(code, 0, `${command} ended with ${code}:\n${output}`);
    if (says) assert.match(output, says);
  };
}

/** Ctrl-C in the terminals of servers. */
export const ctrlC: Action = (reader) => reader.ctrlC();

/** A flow on Gemini, and one that needs no key. */
export const FLOWS = `apiVersion: genkit.dev/v1alpha1
kind: PluginConfig
metadata: { name: gemini }
spec: { type: googleai }
---
apiVersion: genkit.dev/v1alpha1
kind: Flow
metadata: { name: hello }
spec:
  image: ghcr.io/genkitd/genkitd:0.1.0
  modelSpec: { provider: googleai, model: gemini-2.5-flash, pluginConfigRef: { name: gemini } }
  prompts: [{ prompt: { name: hello, content: "Say hello to {{name}}" } }]
---
apiVersion: genkit.dev/v1alpha1
kind: PluginConfig
metadata: { name: echo }
spec: { type: echo }
---
apiVersion: genkit.dev/v1alpha1
kind: Flow
metadata: { name: greeter }
spec:
  image: ghcr.io/genkitd/genkitd:0.1.0
  modelSpec: { provider: echo, model: echo, pluginConfigRef: { name: echo } }
  prompts: [{ prompt: { name: greeting, content: "Hello {{name}}" } }]
`;

/** A folder `flows`, which pages suppose. */
export const haveFlows: Action = run(`mkdir -p flows && cat > flows/flows.yaml <<'END'
${FLOWS}END`);

/** An environment as of somebody who has a key of Gemini. */
export const haveKey: Action = run(`export GEMINI_API_KEY='${KEY}'`);

/** A command that takes minutes and a machine of its own; that its task is there is looked at. */
export function measured(task: string, see: string): Treatment {
  return {
    instead: {
      because: "it takes minutes, and measures what it is not alone with",
      see,
      run: run(`${NPX} task`, new RegExp(`- ${task}\n`)),
    },
  };
}

/** The operator as a pod, as the overlay installs it. */
export const haveOperator: Action = inTurn(
  run("kubectl apply --server-side --force-conflicts -k deploy/overlays/cluster-wide"),
  run("kubectl rollout status -n genkitd-system deployment/genkitd-operator --timeout=4m"),
);

/** A flow `greeter` that is Ready, in the cluster. */
export const haveGreeter: Action = inTurn(
  haveOperator,
  haveFlows,
  run("kubectl apply --server-side --force-conflicts -f flows/flows.yaml"),
  run("kubectl wait --for=condition=Ready --timeout=4m flow/greeter"),
);
