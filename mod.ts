import { main, type Subcommand } from "./cli/main.ts";
import { unsetEmptyVariables } from "./cli/unset_empty_variables.ts";
import { dropPermissions } from "./shared/drop_permissions.ts";

/** Everything that genkitd does. */
export const subcommands: readonly Subcommand[] = [
  {
    name: "serve",
    summary: "serve flows from YAML files, without a cluster",
    // Its sandboxes; a recording. It drops "write" when it serves.
    keeps: ["run", "write"],
    load: () => import("./cli/serve.ts"),
  },
  {
    name: "runner",
    summary: "serve the flows of a /genkit tree, inside a pod",
    keeps: ["run"],
    load: () => import("./cli/runner.ts"),
  },
  {
    name: "operator",
    summary: "turn the objects of a cluster into Deployments and Services",
    // A kubeconfig may name a program that gives tokens.
    keeps: ["run"],
    load: () => import("./cli/operator.ts"),
  },
  {
    name: "preflight",
    summary: "look whether a cluster is ready to go from genkit-operator 0.5.0 to genkitd",
    // A kubeconfig may name a program that gives tokens.
    keeps: ["run"],
    load: () => import("./cli/preflight.ts"),
  },
  {
    name: "push",
    summary: "push a folder of object files to a registry, as an OCI artifact",
    load: () => import("./cli/push.ts"),
  },
  {
    name: "lint",
    summary: "find what is wrong in object files, without a cluster",
    load: () => import("./cli/lint.ts"),
  },
  {
    name: "render",
    summary: "write what the operator would make of object files",
    // --layout writes a folder.
    keeps: ["write"],
    load: () => import("./cli/render.ts"),
  },
  {
    name: "explain",
    summary: "show what a Flow, Model or other object needs, and what is wrong",
    // A kubeconfig may name a program that gives tokens.
    keeps: ["run"],
    load: () => import("./cli/explain.ts"),
  },
  {
    name: "diff",
    summary: "tell what applying object files would change in a cluster",
    // A kubeconfig may name a program that gives tokens.
    keeps: ["run"],
    load: () => import("./cli/diff.ts"),
  },
  {
    name: "conformance",
    summary: "look whether a runner keeps to the contract",
    // It starts the runner, on trees that it writes.
    keeps: ["run", "write"],
    load: () => import("./cli/conformance.ts"),
  },
];

/** Runs genkitd as this process: gives up what the role does not need, and ends with it. */
export async function start(args: readonly string[]): Promise<void> {
  const [first] = args;
  // How a compiled genkitd starts its sandboxes: runner/host/confined_command.ts.
  if (first === "sandbox") {
    return await (await import("./cli/sandbox.ts")).runSandbox(args.slice(1));
  }
  await dropPermissions(subcommands.find(({ name }) => name === first)?.keeps ?? []);
  unsetEmptyVariables();
  Deno.exit(await main(args, subcommands));
}

if (import.meta.main) await start(Deno.args);
