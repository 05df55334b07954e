import { type Browser, chromium } from "playwright-core";
import { locked } from "../../tasks/locked.ts";
import { APT_LOCK } from "../sources/debian_program.ts";

const CANDIDATES = ["chromium", "chromium-browser", "google-chrome"];

/**
 * Starts Chromium: one of the PATH, else Debian's package, which is installed where this is root.
 *
 * @throws {Error} where there is none.
 */
export async function startChromium(): Promise<Browser> {
  const executablePath = await find() ?? await locked(APT_LOCK, install);
  // Chromium refuses root without it; the pages are our own.
  const args = Deno.uid() === 0 ? ["--no-sandbox"] : [];
  return await chromium.launch({ executablePath, args, timeout: 120_000 });
}

async function find(): Promise<string | undefined> {
  const folders = (Deno.env.get("PATH") ?? "").split(":").filter(Boolean);
  for (const path of CANDIDATES.flatMap((name) => folders.map((folder) => `${folder}/${name}`))) {
    const { isFile } = await Deno.stat(path).catch(() => ({ isFile: false }));
    if (isFile) return path;
  }
}

async function install(): Promise<string> {
  let reason = "this is not root";
  if (Deno.uid() === 0) {
    for (
      const args of [["update", "-qq"], [
        "install",
        "-y",
        "-qq",
        "--no-install-recommends",
        "chromium",
      ]]
    ) {
      const { stderr } = await new Deno.Command("apt-get", {
        args,
        stdout: "null",
        stderr: "piped",
      })
        .output().catch((error: Error) => ({ stderr: new TextEncoder().encode(error.message) }));
      reason = new TextDecoder().decode(stderr).trim().slice(-300);
    }
    const path = await find();
    if (path !== undefined) return path;
  }
  throw new Error(
    `Cannot find Chromium, which this test needs: none of ${CANDIDATES.join(", ")} is in PATH, ` +
      `and apt-get cannot install Debian's package "chromium": ${reason}`,
  );
}
