import { BRIDGE_ADDRESS } from "../e2e/cluster/test_isolated.ts";
import { privateAuthority } from "../sources/private_authority.ts";

/** Answers for one host of the internet, such as `github.com`. */
export type NamedHost = (request: Request) => Response | Promise<Response>;

/** Hosts of the internet that are servers of the test, by https. */
export interface NamedHosts extends AsyncDisposable {
  /** The certificate that theirs is signed with, as PEM. */
  ca: string;
}

/**
 * Lets names of the internet lead to servers of the test; only inside of a test of
 * {@linkcode testIsolated}, where /etc/hosts is put over that of the machine.
 */
export async function startNamedHosts(
  hosts: Readonly<Record<string, NamedHost>>,
): Promise<NamedHosts> {
  const names = Object.keys(hosts);
  const { ca, certificate } = await privateAuthority(names);
  const file = await Deno.makeTempFile({ prefix: "hosts-" });
  await Deno.writeTextFile(
    file,
    ["127.0.0.1 localhost", "::1 localhost", ...names.map((name) => `${BRIDGE_ADDRESS} ${name}`)]
      .join("\n") + "\n",
  );
  await Deno.chmod(file, 0o644);
  const { success, stderr } = await new Deno.Command("mount", {
    args: ["--bind", file, "/etc/hosts"],
  }).output();
  if (!success) throw new Error(`Cannot name hosts: ${new TextDecoder().decode(stderr)}`);
  const server = Deno.serve(
    {
      hostname: BRIDGE_ADDRESS,
      port: 443,
      ...certificate,
      onListen: () => {},
    },
    (request) =>
      hosts[new URL(request.url).hostname]?.(request) ?? new Response(null, { status: 404 }),
  );
  return { ca, [Symbol.asyncDispose]: () => server.shutdown() };
}

/** A host that is another server of the test; `path` gives the path there. */
export function forwardTo(url: string, path = (path: string) => path): NamedHost {
  return async (request) => {
    const { pathname, search, host } = new URL(request.url);
    const headers = new Headers(request.headers);
    headers.set("x-forwarded-host", host);
    headers.set("x-forwarded-proto", "https");
    const body = request.body && await request.arrayBuffer();
    return await fetch(new URL(path(pathname) + search, url), {
      method: request.method,
      headers,
      body,
      redirect: "manual",
    });
  };
}
