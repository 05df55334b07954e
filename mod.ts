import { main, type Subcommand } from "./cli/main.ts";

/** Everything that genkitd does. */
export const subcommands: readonly Subcommand[] = [
  {
    name: "serve",
    summary: "serve flows from YAML files, without a cluster",
    load: () => import("./cli/serve.ts"),
  },
  {
    name: "runner",
    summary: "serve the flows of a /genkit tree, inside a pod",
    load: () => import("./cli/runner.ts"),
  },
  {
    name: "operator",
    summary: "turn the objects of a cluster into Deployments and Services",
    load: () => import("./cli/operator.ts"),
  },
  {
    name: "preflight",
    summary: "look whether a cluster is ready to go from genkit-operator 0.5.0 to genkitd",
    load: () => import("./cli/preflight.ts"),
  },
  {
    name: "push",
    summary: "push a folder of object files to a registry, as an OCI artifact",
    load: () => import("./cli/push.ts"),
  },
];

if (import.meta.main) Deno.exit(await main(Deno.args, subcommands));
