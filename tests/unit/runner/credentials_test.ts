import assert from "assert";
import { collectCredentials, type CredentialSource } from "../../../runner/credentials.ts";

const gemini = { credentialKeys: [["GEMINI_API_KEY", "GOOGLE_API_KEY"]] };
const bedrock = {
  credentialKeys: [["AWS_ACCESS_KEY_ID"], ["AWS_SECRET_ACCESS_KEY"]],
  optionalKeys: ["AWS_SESSION_TOKEN"],
  insteadKeys: ["AWS_BEARER_TOKEN_BEDROCK"],
};

function source(values: Record<string, string>): CredentialSource {
  return { get: (key) => values[key], hint: (keys) => `add ${keys.join(" or ")}` };
}

const azure = {
  credentialKeys: [["AZURE_OPENAI_API_KEY"]],
  optionalKeys: ["AZURE_OPENAI_ENDPOINT"],
};
const compatible = { credentialKeys: [], optionalKeys: ["OPENAI_API_KEY"] };

const cases = [
  {
    name: "a key that does in place of the others goes alone",
    needs: bedrock,
    wanted: [],
    values: { AWS_BEARER_TOKEN_BEDROCK: "b\n", AWS_ACCESS_KEY_ID: "i", AWS_SESSION_TOKEN: "t" },
    expected: { credentials: { AWS_BEARER_TOKEN_BEDROCK: "b" } },
  },
  {
    name: "a key that credentialKeys leaves out is not taken in place of the others",
    needs: bedrock,
    wanted: ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"],
    values: { AWS_BEARER_TOKEN_BEDROCK: "b", AWS_ACCESS_KEY_ID: "i", AWS_SECRET_ACCESS_KEY: "s" },
    expected: { credentials: { AWS_ACCESS_KEY_ID: "i", AWS_SECRET_ACCESS_KEY: "s" } },
  },
  {
    name: "an optional key is never taken for the key, whatever the order",
    needs: azure,
    wanted: ["AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_API_KEY"],
    values: { AZURE_OPENAI_API_KEY: "a", AZURE_OPENAI_ENDPOINT: "https://b" },
    expected: { credentials: { AZURE_OPENAI_API_KEY: "a", AZURE_OPENAI_ENDPOINT: "https://b" } },
  },
  {
    name: "a provider can do without its only key",
    needs: compatible,
    wanted: [],
    values: {},
    expected: { credentials: {} },
  },
  {
    name: "credentialKeys names another key for a provider that can do without",
    needs: compatible,
    wanted: ["GROQ_API_KEY"],
    values: { GROQ_API_KEY: "g", OPENAI_API_KEY: "o" },
    expected: { credentials: { OPENAI_API_KEY: "g" } },
  },
  {
    name: "a key that credentialKeys names is needed",
    needs: compatible,
    wanted: ["GROQ_API_KEY"],
    values: { OPENAI_API_KEY: "o" },
    expected: { missing: "the credential GROQ_API_KEY is missing: add GROQ_API_KEY" },
  },
  {
    name: "the first of a provider's keys that is there wins",
    needs: gemini,
    wanted: [],
    values: { GEMINI_API_KEY: "a", GOOGLE_API_KEY: "b" },
    expected: { credentials: { GEMINI_API_KEY: "a" } },
  },
  {
    name: "the other key serves as well",
    needs: gemini,
    wanted: [],
    values: { GOOGLE_API_KEY: "b", ANTHROPIC_API_KEY: "not this provider's" },
    expected: { credentials: { GOOGLE_API_KEY: "b" } },
  },
  {
    name: "credentialKeys names another key for a provider with one",
    needs: gemini,
    wanted: ["TEAM_KEY"],
    values: { TEAM_KEY: "c", GEMINI_API_KEY: "a" },
    expected: { credentials: { GEMINI_API_KEY: "c" } },
  },
  {
    name: "white space around a value is taken off, as a file's last line break",
    needs: gemini,
    wanted: [],
    values: { GEMINI_API_KEY: "a\n" },
    expected: { credentials: { GEMINI_API_KEY: "a" } },
  },
  {
    name: "an empty value is no value",
    needs: gemini,
    wanted: [],
    values: { GEMINI_API_KEY: " " },
    expected: {
      missing: "the credential GEMINI_API_KEY or GOOGLE_API_KEY is missing: " +
        "add GEMINI_API_KEY or GOOGLE_API_KEY",
    },
  },
  {
    name: "a provider with several keys needs each of them",
    needs: bedrock,
    wanted: [],
    values: { AWS_ACCESS_KEY_ID: "id" },
    expected: {
      missing: "the credential AWS_SECRET_ACCESS_KEY is missing: add AWS_SECRET_ACCESS_KEY",
    },
  },
  {
    name: "an optional key comes along where it is there",
    needs: bedrock,
    wanted: [],
    values: { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "s", AWS_SESSION_TOKEN: "t" },
    expected: {
      credentials: { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "s", AWS_SESSION_TOKEN: "t" },
    },
  },
  {
    name: "and stays out where credentialKeys does not name it",
    needs: bedrock,
    wanted: ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"],
    values: { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "s", AWS_SESSION_TOKEN: "t" },
    expected: { credentials: { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "s" } },
  },
  {
    name: "a provider without keys needs none",
    needs: { credentialKeys: [] },
    wanted: ["ANY"],
    values: { ANY: "x" },
    expected: { credentials: {} },
  },
];

for (const { name, needs, wanted, values, expected } of cases) {
  Deno.test(`collectCredentials: ${name}`, () => {
    const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value));
    assert.deepEqual(collectCredentials(needs, wanted, source(given)), expected);
  });
}
