import { fileURLToPath } from "node:url";
import type { Image } from "../kubelet/image.ts";

/** The checkout. */
const ROOT = fileURLToPath(new URL("../../../", import.meta.url)).replace(/\/$/, "");

/**
 * Our own image: the runner of this checkout with the permissions of `deno task genkitd`. `cache`
 * is a folder for Deno's compiled files, which all its containers share so that they start fast.
 */
export function genkitdImage(cache: string, args: string[] = ["runner"]): Image {
  const deno = "/usr/local/bin/deno";
  const flags = [
    "--no-lock",
    "--no-prompt",
    "--allow-net",
    "--allow-read",
    "--allow-env",
    `--allow-run=${deno}`,
  ];
  return {
    entrypoint: [deno, "run", ...flags, "/app/mod.ts"],
    args,
    env: { DENO_DIR: "/deno-dir", DENO_NO_UPDATE_CHECK: "1" },
    files: { [deno]: Deno.execPath(), "/app": ROOT },
    writable: { "/deno-dir": cache },
    workingDir: "/app",
  };
}
