import { awsRegion, awsUrl } from "./aws.ts";
import { hostAndPort, parseBaseUrl } from "./base_url.ts";
import { googleTokenHosts, vertexOwnUrl } from "./vertex.ts";

/** The settings of a provider that decide which hosts it talks to. */
export interface ProviderSettings {
  region?: string | undefined;
  extraConfig?: Record<string, unknown> | undefined;
  /** The credentials, for hosts that a Secret names; absent where they have not been read. */
  credentials?: Readonly<Record<string, string>> | undefined;
}

/** What there is to know of a provider without running it. */
export interface Provider {
  /** As in PluginConfig's `type`; also the prefix of its models, `<type>/<model>`. */
  type: string;
  /** Whether genkitd can run it; the others are known for their keys and hosts only. */
  supported: boolean;
  /** The credentials that it needs: of each group any one key, the first that is there. */
  credentialKeys: readonly (readonly string[])[];
  /** Further keys that it reads where they are there. */
  optionalKeys?: readonly string[];
  /** Keys of which any one does in place of all of `credentialKeys`. */
  insteadKeys?: readonly string[];
  /**
   * The hosts that it talks to, as `host:port`; none for a provider that talks to nobody.
   *
   * @throws {Error} where a setting is missing or is no usable base URL.
   */
  hosts(settings: ProviderSettings): string[];
}

/** The providers that genkit-operator names, and `echo`, which answers by itself. */
export const PROVIDERS: readonly Provider[] = [
  {
    type: "echo",
    supported: true,
    credentialKeys: [],
    hosts: () => [],
  },
  {
    type: "googleai",
    supported: true,
    credentialKeys: [["GEMINI_API_KEY", "GOOGLE_API_KEY"]],
    hosts: baseUrlOr(() => "https://generativelanguage.googleapis.com"),
  },
  {
    type: "anthropic",
    supported: true,
    credentialKeys: [["ANTHROPIC_API_KEY"]],
    hosts: baseUrlOr(() => "https://api.anthropic.com"),
  },
  {
    type: "openai",
    supported: true,
    credentialKeys: [["OPENAI_API_KEY"]],
    hosts: baseUrlOr(() => "https://api.openai.com"),
  },
  {
    type: "openaicompatible",
    supported: true,
    credentialKeys: [],
    optionalKeys: ["OPENAI_API_KEY"],
    hosts: ({ extraConfig = {} }) => {
      const setting = baseUrlSetting(extraConfig) ?? "baseURL";
      return [hostAndPort(parseBaseUrl(extraConfig[setting], `extraConfig.${setting}`))];
    },
  },
  {
    type: "vertexai",
    supported: true,
    // A key's JSON, the key of express mode, or a token that someone else keeps fresh.
    credentialKeys: [["GOOGLE_APPLICATION_CREDENTIALS", "VERTEX_API_KEY", "GOOGLE_ACCESS_TOKEN"]],
    optionalKeys: ["GOOGLE_CLOUD_PROJECT"],
    hosts: (settings) => [...baseUrlOr(vertexOwnUrl)(settings), ...googleTokenHosts(settings)],
  },
  {
    type: "bedrock",
    supported: true,
    credentialKeys: [["AWS_ACCESS_KEY_ID"], ["AWS_SECRET_ACCESS_KEY"]],
    optionalKeys: ["AWS_SESSION_TOKEN"],
    insteadKeys: ["AWS_BEARER_TOKEN_BEDROCK"],
    hosts: baseUrlOr((settings) => awsUrl("bedrock-runtime", awsRegion(settings))),
  },
  {
    type: "azureaifoundry",
    supported: true,
    credentialKeys: [["AZURE_OPENAI_API_KEY"]],
    optionalKeys: ["AZURE_OPENAI_ENDPOINT"],
    hosts: ({ extraConfig = {}, credentials }) =>
      // The Secret may have it, for all that is known.
      credentials === undefined && azureEndpointSetting(extraConfig) === undefined
        ? []
        : [hostAndPort(azureEndpoint(extraConfig, credentials))],
  },
  {
    type: "ollama",
    supported: true,
    credentialKeys: [],
    optionalKeys: ["OLLAMA_API_KEY"],
    hosts: ({ extraConfig }) => [hostAndPort(ollamaAddress(extraConfig))],
  },
];

/** The provider of this type, if there is one. */
export function findProvider(type: string): Provider | undefined {
  return PROVIDERS.find((provider) => provider.type === type);
}

/**
 * The base URL that a provider's `extraConfig` asks for (`baseURL`, or `baseUrl`), without a slash
 * at its end; undefined where it asks for none.
 *
 * @throws {Error} where it is no usable base URL.
 */
export function baseUrlOf(extraConfig: Record<string, unknown> = {}): string | undefined {
  const setting = baseUrlSetting(extraConfig);
  if (setting === undefined) return undefined;
  return parseBaseUrl(extraConfig[setting], `extraConfig.${setting}`).href.replace(/\/+$/, "");
}

/**
 * Where an Azure resource is: `extraConfig.baseURL` or `endpoint`, else the credential
 * AZURE_OPENAI_ENDPOINT.
 *
 * @throws {Error} where none is set, or it is no usable base URL.
 */
export function azureEndpoint(
  extraConfig: Record<string, unknown> = {},
  { AZURE_OPENAI_ENDPOINT }: Readonly<Record<string, string>> = {},
): URL {
  const setting = azureEndpointSetting(extraConfig);
  if (setting !== undefined) return parseBaseUrl(extraConfig[setting], `extraConfig.${setting}`);
  if (!AZURE_OPENAI_ENDPOINT?.trim()) {
    throw new Error(
      'the provider "azureaifoundry" needs an endpoint: set extraConfig.endpoint, or ' +
        "AZURE_OPENAI_ENDPOINT in its Secret",
    );
  }
  return parseBaseUrl(AZURE_OPENAI_ENDPOINT.trim(), "the credential AZURE_OPENAI_ENDPOINT");
}

/**
 * Where an Ollama server is: `extraConfig.baseURL` or `serverAddress`, else on this machine.
 *
 * @throws {Error} where it is no usable base URL.
 */
export function ollamaAddress(extraConfig: Record<string, unknown> = {}): URL {
  const setting = baseUrlSetting(extraConfig) ?? "serverAddress";
  const address = extraConfig[setting] ?? "http://127.0.0.1:11434";
  return parseBaseUrl(address, `extraConfig.${setting}`);
}

function azureEndpointSetting(extraConfig: Record<string, unknown>): string | undefined {
  return baseUrlSetting(extraConfig) ??
    ((extraConfig.endpoint ?? "") === "" ? undefined : "endpoint");
}

function baseUrlSetting(extraConfig: Record<string, unknown>): string | undefined {
  return ["baseURL", "baseUrl"].find((setting) => (extraConfig[setting] ?? "") !== "");
}

/** The host of the base URL that the settings ask for, else of the provider's own. */
function baseUrlOr(own: (settings: ProviderSettings) => string): Provider["hosts"] {
  return (settings) => {
    const url = baseUrlOf(settings.extraConfig) ?? own(settings);
    return [hostAndPort(parseBaseUrl(url, "region"))];
  };
}
