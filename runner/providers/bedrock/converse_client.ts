import {
  BedrockRuntimeClient,
  type BedrockRuntimeClientConfig,
  ConverseCommand,
  type ConverseCommandInput,
  type ConverseCommandOutput,
  ConverseStreamCommand,
  type ConverseStreamOutput,
} from "@aws-sdk/client-bedrock-runtime";
import { FetchHandler } from "./fetch_handler.ts";

/** The two calls of Bedrock that generate text. Failures are the SDK's own exceptions. */
export interface ConverseClient {
  converse(input: ConverseCommandInput, signal: AbortSignal): Promise<ConverseCommandOutput>;
  converseStream(
    input: ConverseCommandInput,
    signal: AbortSignal,
  ): Promise<AsyncIterable<ConverseStreamOutput>>;
}

/** Who asks: a bearer token (a Bedrock API key), or keys with or without a session. */
export type ConverseCredentials =
  | { bearer: string }
  | { accessKeyId: string; secretAccessKey: string; sessionToken?: string };

/** Options of {@linkcode converseClient}. */
export interface ConverseClientOptions {
  region: string;
  /** Without a slash at its end. */
  endpoint: string;
  credentials: ConverseCredentials;
  fetch?: () => typeof globalThis.fetch;
}

/**
 * Makes a client of Bedrock. Everything that the SDK would look for in the environment, in files or
 * in the machine is given, since a sandbox has none of these; and it does not retry, as that is the
 * runner's to do.
 */
export function converseClient(options: ConverseClientOptions): ConverseClient {
  const { region, endpoint, credentials, fetch } = options;
  const config: BedrockRuntimeClientConfig = {
    region,
    endpoint,
    requestHandler: new FetchHandler(fetch),
    streamCollector: (stream: ReadableStream | Uint8Array<ArrayBuffer>) =>
      new Response(stream).bytes(),
    maxAttempts: 1,
    retryMode: "standard",
    defaultsMode: "standard",
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    disableHostPrefix: true,
    disableClockSkewCorrection: false,
    userAgentAppId: () => Promise.resolve(undefined),
    defaultUserAgentProvider: () => Promise.resolve([["genkitd", "1"]]),
    ...("bearer" in credentials)
      ? {
        token: { token: credentials.bearer },
        authSchemePreference: ["httpBearerAuth"],
        credentials: () => Promise.reject(new Error("there are no keys, but a bearer token")),
      }
      : { credentials, authSchemePreference: ["sigv4"] },
  };
  const client = new BedrockRuntimeClient(config);
  return {
    converse: (input, abortSignal) => client.send(new ConverseCommand(input), { abortSignal }),
    async converseStream(input, abortSignal) {
      const { stream } = await client.send(new ConverseStreamCommand(input), { abortSignal });
      if (stream === undefined) throw new Error("The answer has no stream");
      return stream;
    },
  };
}
