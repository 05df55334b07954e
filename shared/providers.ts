import { hostAndPort, parseBaseUrl } from "./base_url.ts";

/** The settings of a provider that decide which hosts it talks to. */
export interface ProviderSettings {
  region?: string | undefined;
  extraConfig?: Record<string, unknown> | undefined;
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
    supported: false,
    credentialKeys: [["ANTHROPIC_API_KEY"]],
    hosts: baseUrlOr(() => "https://api.anthropic.com"),
  },
  {
    type: "openai",
    supported: false,
    credentialKeys: [["OPENAI_API_KEY"]],
    hosts: baseUrlOr(() => "https://api.openai.com"),
  },
  {
    type: "vertexai",
    supported: false,
    credentialKeys: [["GOOGLE_APPLICATION_CREDENTIALS"]],
    hosts: (settings) => [
      ...baseUrlOr(({ region = "us-central1" }) =>
        region === "global"
          ? "https://aiplatform.googleapis.com"
          : `https://${region}-aiplatform.googleapis.com`
      )(settings),
      // Where a service account's key is exchanged for a token.
      "oauth2.googleapis.com:443",
    ],
  },
  {
    type: "bedrock",
    supported: false,
    credentialKeys: [["AWS_ACCESS_KEY_ID"], ["AWS_SECRET_ACCESS_KEY"]],
    optionalKeys: ["AWS_SESSION_TOKEN"],
    hosts: baseUrlOr(({ region, extraConfig }) =>
      `https://bedrock-runtime.${region ?? extraConfig?.region ?? "us-east-1"}.amazonaws.com`
    ),
  },
  {
    type: "azureaifoundry",
    supported: false,
    credentialKeys: [["AZURE_OPENAI_API_KEY"]],
    optionalKeys: ["AZURE_OPENAI_ENDPOINT"],
    hosts: ({ extraConfig = {} }) => {
      const setting = baseUrlSetting(extraConfig) ?? "endpoint";
      return [hostAndPort(parseBaseUrl(extraConfig[setting], `extraConfig.${setting}`))];
    },
  },
  {
    type: "ollama",
    supported: false,
    credentialKeys: [],
    hosts: ({ extraConfig = {} }) => {
      const setting = baseUrlSetting(extraConfig) ?? "serverAddress";
      const address = extraConfig[setting] ?? "http://127.0.0.1:11434";
      return [hostAndPort(parseBaseUrl(address, `extraConfig.${setting}`))];
    },
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
