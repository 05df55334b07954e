/** Credentials that a cloud gives to whoever runs in it, for a while. */
export interface TemporaryCredentials {
  /** By the keys that the provider reads (shared/providers.ts). */
  credentials: Readonly<Record<string, string>>;
  /** Milliseconds for which they hold, from now on. */
  lifetime: number;
}

/**
 * What a process is to a cloud by where it runs: a role of its service account, say. It is asked by
 * the main process only, as sandboxes reach no metadata server and no token file.
 */
export interface WorkloadIdentity {
  /** The type of the provider whose flows may use it. */
  provider: string;
  /**
   * Gets credentials from the cloud.
   *
   * @throws {Error} with why there are none, in words for the operator and without secrets.
   */
  obtain(signal: AbortSignal): Promise<TemporaryCredentials>;
}
