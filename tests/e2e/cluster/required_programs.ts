/** The programs that namespaces and pods are made with, and the Debian package of each. */
const PACKAGES: Record<string, string> = {
  chroot: "coreutils",
  ip: "iproute2",
  mount: "mount",
  nsenter: "util-linux",
  setpriv: "util-linux",
  setsid: "util-linux",
  timeout: "coreutils",
  unshare: "util-linux",
};

/** Where Debian and most others keep programs. */
const FOLDERS = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/**
 * Checks that this process may make namespaces and has the programs for it.
 *
 * @throws {Error} that says what is missing and how to get it.
 */
export function requirePrograms(): void {
  if (Deno.build.os !== "linux") {
    throw new Error(`Cannot make namespaces on "${Deno.build.os}": these tests need Linux`);
  }
  if (Deno.uid() !== 0) {
    throw new Error(
      `Cannot make namespaces as user ${Deno.uid()}: these tests need root, ` +
        "for example sudo -E deno task test",
    );
  }
  const missing = Object.entries(PACKAGES).filter(([name]) => !FOLDERS.some(has(name)));
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map(([, name]) => name))].join(" ");
  throw new Error(
    `Cannot make namespaces: ${missing.map(([name]) => `"${name}"`).join(", ")} not found in ` +
      `${FOLDERS.join(":")}; on Debian: apt-get install ${packages}`,
  );
}

function has(name: string): (folder: string) => boolean {
  return (folder) => {
    try {
      return Deno.statSync(`${folder}/${name}`).isFile;
    } catch {
      return false;
    }
  };
}
