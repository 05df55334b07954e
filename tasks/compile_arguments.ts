/**
 * The permissions that are compiled into genkitd: what its roles need together. At its start each
 * role drops what it has no use for (`keeps` in mod.ts). Which programs may be run cannot be said
 * here, as the program's own path is not known; it runs none but itself, and what a kubeconfig
 * names.
 */
export const COMPILED_PERMISSIONS: readonly string[] = [
  "--allow-env",
  "--allow-net",
  "--allow-read",
  "--allow-run",
  "--allow-write",
  "--deny-import",
];

/** Which file to compile, for what, and where to put it. */
export interface Compilation {
  /** The folder of the bundle. */
  bundle: string;
  /** As `deno compile --target` names it. */
  target: string;
  output: string;
}

/** Gives the arguments of `deno` that compile the bundle. */
export function compileArguments({ bundle, target, output }: Compilation): string[] {
  return [
    "compile",
    "--quiet",
    "--no-prompt",
    "--no-config",
    "--no-lock",
    "--no-remote",
    "--no-npm",
    "--no-check",
    // For the permissions of the Worker in which a sandbox's program runs.
    "--unstable-worker-options",
    ...COMPILED_PERMISSIONS,
    "--include",
    `${bundle}/sandbox/sandbox_worker.js`,
    "--target",
    target,
    "--output",
    output,
    `${bundle}/genkitd.js`,
  ];
}
