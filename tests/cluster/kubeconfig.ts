/** How a client reaches an API server, and who it is. */
export interface Access {
  /** The API server's address, such as `"https://127.0.0.1:6443"`. */
  url: string;
  /** The certificate that the server's is signed with, as PEM; absent for plain HTTP. */
  ca?: string | undefined;
  token: string;
}

/** Gives the text of a kubeconfig (JSON, which is YAML) of one cluster and one user. */
export function kubeconfigOf({ url, ca, token }: Access): string {
  const authority = ca === undefined ? {} : { "certificate-authority-data": btoa(ca) };
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "test", cluster: { server: url, ...authority } }],
    users: [{ name: "test", user: { token } }],
    contexts: [{ name: "test", context: { cluster: "test", user: "test" } }],
    "current-context": "test",
  });
}
