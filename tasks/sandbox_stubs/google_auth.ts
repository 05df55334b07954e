/**
 * Stands for `google-auth-library` in a sandbox's bundle: a login with the tokens that it is given
 * (runner/providers/vertexai/gemini_on_vertex.ts). The library would look for credentials where a
 * sandbox sees nothing, and takes 1 MB.
 */
export class GoogleAuth {
  #authClient: { getAccessToken(): Promise<{ token: string }> };

  constructor({ authClient }: { authClient: { getAccessToken(): Promise<{ token: string }> } }) {
    this.#authClient = authClient;
  }

  /** Gives a token. */
  async getAccessToken(): Promise<string> {
    return (await this.#authClient.getAccessToken()).token;
  }
}
