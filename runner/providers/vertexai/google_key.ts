import { asSchema } from "../../schema/json_schema.ts";

/** A service account's key: signs a statement for which Google gives a token. */
export interface ServiceAccountKey {
  type: "service_account";
  clientEmail: string;
  /** PEM, PKCS #8. */
  privateKey: string;
  privateKeyId: string | undefined;
  projectId: string | undefined;
}

/** A person's key, as `gcloud auth application-default login` writes it. */
export interface UserKey {
  type: "authorized_user";
  clientId: string;
  clientSecret: string;
  refreshToken: string;
  projectId: string | undefined;
}

/** A key that Google gives tokens for. */
export type GoogleKey = ServiceAccountKey | UserKey;

/**
 * Reads the JSON of a key (https://google.aip.dev/auth/4112, https://google.aip.dev/auth/4113).
 *
 * @throws {Error} where it is none that can be used, in words that hold nothing of it.
 */
export function parseGoogleKey(text: string): GoogleKey {
  const fault = (what: string) =>
    new Error(`Cannot use the credential GOOGLE_APPLICATION_CREDENTIALS: ${what}`);
  let json: Record<string, unknown>;
  try {
    json = asSchema(JSON.parse(text));
  } catch {
    throw fault("it is no JSON, should be the JSON of a service account's key");
  }
  const field = (name: string): string => {
    const value = json[name];
    if (typeof value !== "string" || value === "") throw fault(`it has no "${name}"`);
    return value;
  };
  const projectId = json.project_id ?? json.quota_project_id;
  const project = { projectId: typeof projectId === "string" ? projectId : undefined };
  if (json.type === "service_account") {
    const id = json.private_key_id;
    return {
      type: "service_account",
      clientEmail: field("client_email"),
      privateKey: field("private_key"),
      privateKeyId: typeof id === "string" ? id : undefined,
      ...project,
    };
  }
  if (json.type === "authorized_user") {
    return {
      type: "authorized_user",
      clientId: field("client_id"),
      clientSecret: field("client_secret"),
      refreshToken: field("refresh_token"),
      ...project,
    };
  }
  const type = typeof json.type === "string" && /^\w{1,40}$/.test(json.type) ? json.type : "";
  throw fault(`its type is "${type}", should be "service_account" or "authorized_user"`);
}
