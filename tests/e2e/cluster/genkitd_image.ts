import { ROOT } from "../../../tasks/checkout.ts";
import { ensureProgramBundle } from "../../../tasks/program_bundle.ts";
import type { Image } from "../kubelet/image.ts";

/**
 * Our own image, as the Dockerfile makes it: Deno, the bundle, the program with its permissions.
 * `cache` is a folder for Deno's compiled files, which all its containers share so that they start
 * fast.
 */
export async function genkitdImage(cache: string, args: string[] = ["runner"]): Promise<Image> {
  const { folder } = await ensureProgramBundle();
  return {
    entrypoint: ["/genkitd"],
    args,
    env: { DENO_DIR: "/deno-dir", DENO_NO_PROMPT: "1", DENO_NO_UPDATE_CHECK: "1" },
    files: {
      "/usr/bin/deno": Deno.execPath(),
      "/genkitd": `${ROOT}deploy/image/genkitd`,
      "/deno.json": `${ROOT}deploy/image/deno.json`,
      "/app": folder,
    },
    writable: { "/deno-dir": cache },
    workingDir: "/",
  };
}
