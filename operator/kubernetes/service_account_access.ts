import type { ClusterAccess } from "./cluster_access.ts";

const FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";
/** The kubelet renews tokens an hour before they expire, at the latest. */
const TOKEN_MS = 60_000;

/**
 * The access of a pod's ServiceAccount, as Kubernetes mounts it.
 *
 * @throws {Error} where its files cannot be read.
 */
export async function fromServiceAccount(
  host: string,
  port: string,
  { folder = FOLDER, now = () => performance.now() }: {
    folder?: string;
    now?: () => number;
  } = {},
): Promise<ClusterAccess> {
  let token = "";
  let readAt = -Infinity;
  const read = async (file: string) => {
    try {
      return (await Deno.readTextFile(`${folder}/${file}`)).trim();
    } catch (cause) {
      const why = (cause as Error).message;
      throw new Error(`Cannot read the ServiceAccount of this pod: ${why}`, { cause });
    }
  };
  return {
    server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
    ca: await read("ca.crt"),
    namespace: await read("namespace"),
    headers: async () => {
      if (now() - readAt >= TOKEN_MS) {
        token = await read("token");
        readAt = now();
      }
      return { authorization: `Bearer ${token}` };
    },
  };
}
