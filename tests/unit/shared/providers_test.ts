import assert from "assert";
import { baseUrlOf, findProvider, PROVIDERS } from "../../../shared/providers.ts";

const hosts = (type: string, extraConfig?: Record<string, unknown>, region?: string) =>
  findProvider(type)!.hosts({ extraConfig, region });

Deno.test("each provider's hosts", () => {
  assert.deepEqual(hosts("echo"), []);
  assert.deepEqual(hosts("googleai"), ["generativelanguage.googleapis.com:443"]);
  assert.deepEqual(hosts("anthropic"), ["api.anthropic.com:443"]);
  assert.deepEqual(hosts("openai"), ["api.openai.com:443"]);
  assert.deepEqual(hosts("openaicompatible", { baseURL: "http://vllm:8000/v1" }), ["vllm:8000"]);
  assert.deepEqual(hosts("vertexai", {}, "europe-west1"), [
    "europe-west1-aiplatform.googleapis.com:443",
    "oauth2.googleapis.com:443",
  ]);
  assert.deepEqual(hosts("vertexai", {}, "global")[0], "aiplatform.googleapis.com:443");
  assert.deepEqual(hosts("bedrock", {}, "eu-west-1"), [
    "bedrock-runtime.eu-west-1.amazonaws.com:443",
  ]);
  assert.deepEqual(hosts("bedrock", { region: "eu-west-2" }), [
    "bedrock-runtime.eu-west-2.amazonaws.com:443",
  ]);
  assert.deepEqual(hosts("azureaifoundry", { endpoint: "https://me.openai.azure.com/" }), [
    "me.openai.azure.com:443",
  ]);
  assert.deepEqual(hosts("ollama"), ["127.0.0.1:11434"]);
  assert.deepEqual(hosts("ollama", { serverAddress: "http://ollama:1" }), ["ollama:1"]);
  assert.deepEqual(hosts("ollama", { serverAddress: "http://[::1]:1" }), ["[::1]:1"]);
});

Deno.test("every provider but echo talks to extraConfig.baseURL where it is set", () => {
  for (const { type } of PROVIDERS) {
    if (type === "echo") continue;
    for (const setting of ["baseURL", "baseUrl"]) {
      const own = hosts(type, { [setting]: "http://proxy.example:8080/v1" });
      assert.equal(own[0], "proxy.example:8080", `${type} ${setting}`);
    }
  }
});

Deno.test("an azureaifoundry's endpoint may be in its Secret", () => {
  const { hosts } = findProvider("azureaifoundry")!;
  const AZURE_OPENAI_ENDPOINT = "https://me.openai.azure.com/";
  const credentials = { AZURE_OPENAI_ENDPOINT };
  assert.deepEqual(hosts({ credentials }), ["me.openai.azure.com:443"]);
  const extraConfig = { endpoint: "https://other.example/" };
  assert.deepEqual(hosts({ credentials, extraConfig }), ["other.example:443"]);
  assert.deepEqual(hosts({}), [], "before the Secret is read");
  assert.throws(
    () => hosts({ credentials: {} }),
    /needs an endpoint: set extraConfig\.endpoint, or AZURE_OPENAI_ENDPOINT in its Secret/,
  );
  assert.throws(
    () => hosts({ credentials: { AZURE_OPENAI_ENDPOINT: "http://169.254.169.254/" } }),
    /^Error: Cannot use the credential AZURE_OPENAI_ENDPOINT with the host "169\.254/,
  );
});

Deno.test("an openaicompatible without a base URL is an error", () => {
  assert.throws(() => hosts("openaicompatible"), /Cannot use extraConfig\.baseURL: it is no URL/);
});

Deno.test("the providers that can be run", () => {
  const supported = PROVIDERS.filter(({ supported }) => supported).map(({ type }) => type);
  assert.deepEqual(supported.toSorted(), [
    "anthropic",
    "azureaifoundry",
    "bedrock",
    "echo",
    "googleai",
    "ollama",
    "openai",
    "openaicompatible",
    "vertexai",
  ]);
});

Deno.test("a base URL has no slash at its end", () => {
  assert.equal(baseUrlOf({ baseURL: "https://host/v1/" }), "https://host/v1");
  assert.equal(baseUrlOf({}), undefined);
  assert.equal(baseUrlOf({ baseURL: "" }), undefined);
});

const refused: Record<string, [url: unknown, fault: RegExp]> = {
  "no text": [1, /it is no URL/],
  "no URL": ["host/v1", /it is no URL/],
  "another scheme": ["file:///etc/passwd", /has the scheme "file"/],
  "credentials": ["https://me:secret@host/", /holds a user name or password/],
  "a query": ["https://host/?key=secret", /holds a query/],
  "AWS and Azure": ["http://169.254.169.254/latest", /link-local/],
  "in decimals": ["http://2852039166/", /link-local/],
  "inside IPv6": ["http://[::ffff:169.254.169.254]/", /link-local/],
  "IPv6 link-local": ["http://[fe80::1]/", /link-local/],
  "AWS on IPv6": ["http://[fd00:ec2::254]/", /metadata server/],
  "Google": ["http://metadata.google.internal./", /metadata server/],
  "Alibaba": ["http://100.100.100.200/", /metadata server/],
};
for (const [name, [baseURL, fault]] of Object.entries(refused)) {
  Deno.test(`a base URL is refused: ${name}`, () => {
    assert.throws(() => baseUrlOf({ baseURL }), (error: Error) => {
      assert.match(error.message, /^Cannot use extraConfig\.baseURL/);
      assert.match(error.message, fault);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  });
}
