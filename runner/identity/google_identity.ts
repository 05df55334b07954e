import type { WorkloadIdentity } from "./workload_identity.ts";

/** What a Google identity needs of the process. */
export interface GoogleIdentityOptions {
  /** A variable of the environment. */
  environment: (key: string) => string | undefined;
  fetch: typeof globalThis.fetch;
}

/** The address of Google Cloud's metadata server; GCE_METADATA_HOST names another one. */
const METADATA = "169.254.169.254";
/** Milliseconds that it may take: it is on the same machine, or it is not there at all. */
const TIMEOUT = 3_000;

/**
 * The Google identity of this process: that of its service account (GKE's Workload Identity
 * Federation, Cloud Run, GCE), which the metadata server gives tokens for
 * (https://cloud.google.com/compute/docs/metadata/predefined-metadata-keys). Whether there is one is
 * known when it is asked.
 */
export function googleIdentity({ environment, fetch }: GoogleIdentityOptions): WorkloadIdentity {
  const host = environment("GCE_METADATA_HOST") || METADATA;
  const what = `Google's metadata server at ${host}`;
  const ask = async (path: string, signal: AbortSignal): Promise<string> => {
    let response: Response;
    let text: string;
    try {
      response = await fetch(`http://${host}/computeMetadata/v1/${path}`, {
        headers: { "metadata-flavor": "Google" },
        redirect: "manual",
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT)]),
      });
      text = (await response.text()).slice(0, 64 * 1024);
    } catch (cause) {
      throw new Error(`${what} could not be reached`, { cause });
    }
    // Other clouds have a metadata server at the same address.
    if (response.headers.get("metadata-flavor") !== "Google") throw new Error(`${what} is not one`);
    if (!response.ok) throw new Error(`${what} answered ${response.status}`);
    return text;
  };
  return {
    provider: "vertexai",
    async obtain(signal) {
      const [answer, project] = await Promise.all([
        ask("instance/service-accounts/default/token", signal),
        // PluginConfig's extraConfig.projectId can name it as well.
        ask("project/project-id", signal).catch(() => ""),
      ]);
      const { access_token: token, expires_in: seconds } = parseToken(answer);
      if (typeof token !== "string" || typeof seconds !== "number") {
        throw new Error(`${what} gave no token`);
      }
      return {
        credentials: {
          GOOGLE_ACCESS_TOKEN: token,
          ...project.trim() !== "" && { GOOGLE_CLOUD_PROJECT: project.trim() },
        },
        lifetime: seconds * 1000,
      };
    },
  };
}

function parseToken(text: string): { access_token?: unknown; expires_in?: unknown } {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
