/**
 * Stands in a sandbox's bundle for the parts of the AWS SDK that converse_client.ts gives better ones
 * for, or has no use for: its HTTP over node:http2, its WebSockets, and its search for credentials
 * in the environment, in files, in processes and at the metadata server.
 */
function unreached(): never {
  throw new Error("This part of the AWS SDK is left out of sandboxes: see tasks/sandbox_stubs");
}

/** Takes the handler that it is given. */
const NodeHttp2Handler = { create: (handler: unknown) => handler };
/** There is nothing to add for WebSockets. */
const resolveWebSocketConfig = (config: unknown) => config;
/** Signs what is streamed to AWS: nothing is. */
const eventStreamPayloadHandlerProvider = () => ({ handle: unreached });

export {
  eventStreamPayloadHandlerProvider,
  NodeHttp2Handler,
  resolveWebSocketConfig,
  unreached as defaultProvider,
  unreached as fromEnvSigningName,
  unreached as getWebSocketPlugin,
  unreached as nodeProvider,
  unreached as streamCollector,
};
