import { z } from "zod";
import { boundedReference, celIsSet, isSet, type LocalReference } from "./local_reference.ts";
import { type Rule, withRules } from "./rule.ts";

const url = z.string().max(2048).regex(/^https?:\/\//);

const apiKeys = z.object({
  secretRef: boundedReference.describe(
    "The Secret with the keys: each value is a key, its name the caller's.",
  ),
  header: z.string().min(1).max(128).regex(/^[A-Za-z0-9-]+$/).default("x-api-key")
    .describe("The header that a caller sends its key in; in authorization, after `Bearer `."),
}).describe("Callers send a key.");

const jwt = z.object({
  issuer: z.string().min(1).max(2048).describe("The token's `iss`."),
  audiences: z.array(z.string().min(1).max(2048)).min(1).max(16)
    .describe("The token's `aud` is one of them."),
  jwksUri: url.optional().describe(
    "Where the issuer's keys are; asked of its OpenID configuration where it is absent.",
  ),
  claims: z.record(z.string().max(128), z.string().max(2048)).optional().describe(
    "Claims that the token must have, with these values; a list that has the value will do, and " +
      "`scope` is one, divided by spaces.",
  ),
}).describe("Callers send a JSON Web Token as a bearer token.");

const namesSecret: Rule<{ secretRef: LocalReference }> = {
  cel: celIsSet("secretRef"),
  message: "secretRef names no Secret, should be the one with the callers' keys",
  check: ({ secretRef }) => isSet(secretRef),
  path: ["secretRef", "name"],
};

const findsKeys: Rule<{ issuer: string; jwksUri?: string | undefined }> = {
  cel: "has(self.jwksUri) || self.issuer.startsWith('https://') || " +
    "self.issuer.startsWith('http://')",
  message: "jwksUri is not set and issuer is no URL to ask for it, should be one of them",
  check: ({ issuer, jwksUri }) => jwksUri !== undefined || /^https?:\/\//.test(issuer),
  path: ["jwksUri"],
};

/** An `auth` that says nothing would let everybody in, which nobody means who writes it. */
const someWay: Rule<{ apiKeys?: unknown; jwt?: unknown }> = {
  cel: "has(self.apiKeys) || has(self.jwt)",
  message: "neither apiKeys nor jwt is set, should be one of them or both",
  check: ({ apiKeys, jwt }) => apiKeys !== undefined || jwt !== undefined,
};

/** Who may call a flow. */
export const flowAuth = withRules(
  z.object({
    apiKeys: withRules(apiKeys, [namesSecret]).optional(),
    jwt: withRules(jwt, [findsKeys]).optional(),
  }).describe("Who may call the flow: anybody where it is absent, else by one of these."),
  [someWay],
);

/** Who may call a flow. */
export type FlowAuth = z.infer<typeof flowAuth>;
