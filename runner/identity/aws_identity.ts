import { awsUrl } from "../../shared/aws.ts";
import type { TemporaryCredentials, WorkloadIdentity } from "./workload_identity.ts";

/** What an AWS identity needs of the process. */
export interface AwsIdentityOptions {
  /** A variable of the environment, as EKS or ECS sets it. */
  environment: (key: string) => string | undefined;
  readTextFile: (path: string) => Promise<string>;
  fetch: typeof globalThis.fetch;
  /** Milliseconds since 1970. */
  now: () => number;
}

/**
 * The AWS identity of this process, if it has one, in the order of AWS's own SDKs
 * (https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html): a role of its
 * service account (IRSA: AWS_ROLE_ARN, AWS_WEB_IDENTITY_TOKEN_FILE), exchanged at STS; or a
 * container's (EKS Pod Identity, ECS: AWS_CONTAINER_CREDENTIALS_FULL_URI or …_RELATIVE_URI).
 */
export function awsIdentity(options: AwsIdentityOptions): WorkloadIdentity | undefined {
  const { environment } = options;
  const role = environment("AWS_ROLE_ARN");
  const tokenFile = environment("AWS_WEB_IDENTITY_TOKEN_FILE");
  if (role && tokenFile) {
    return {
      provider: "bedrock",
      obtain: (signal) => assumeRole(role, tokenFile, options, signal),
    };
  }
  const relative = environment("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  const full = relative
    ? `http://169.254.170.2${relative}`
    : environment("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (!full) return undefined;
  return { provider: "bedrock", obtain: (signal) => askContainer(full, options, signal) };
}

/** Exchanges the service account's token for the role's credentials. */
async function assumeRole(
  role: string,
  tokenFile: string,
  { environment, readTextFile, fetch, now }: AwsIdentityOptions,
  signal: AbortSignal,
): Promise<TemporaryCredentials> {
  // Kubernetes replaces the token in the file, so it is read each time.
  const token = await readSecret(readTextFile, tokenFile, "AWS_WEB_IDENTITY_TOKEN_FILE");
  const region = environment("AWS_REGION") || environment("AWS_DEFAULT_REGION") || "us-east-1";
  const url = environment("AWS_ENDPOINT_URL_STS") || awsUrl("sts", region);
  const what = `the role "${role}" cannot be assumed at ${new URL(url).host}`;
  const response = await send(what, () =>
    fetch(url, {
      method: "POST",
      headers: { accept: "application/xml" },
      body: new URLSearchParams({
        Action: "AssumeRoleWithWebIdentity",
        Version: "2011-06-15",
        RoleArn: role,
        RoleSessionName: sessionName(environment("AWS_ROLE_SESSION_NAME")),
        WebIdentityToken: token,
      }),
      redirect: "manual",
      signal,
    }), ({ text }) => xmlValue(text, "Code"));
  const value = (name: string) => xmlValue(response, name);
  return temporary(what, {
    id: value("AccessKeyId"),
    secret: value("SecretAccessKey"),
    session: value("SessionToken"),
    expiration: value("Expiration"),
  }, now());
}

/** Asks the agent beside the container for its role's credentials. */
async function askContainer(
  uri: string,
  { environment, readTextFile, fetch, now }: AwsIdentityOptions,
  signal: AbortSignal,
): Promise<TemporaryCredentials> {
  const url = containerUrl(uri);
  const what = `the container's role cannot be had at ${url.host}`;
  const file = environment("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
  const token = file
    ? await readSecret(readTextFile, file, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
    : environment("AWS_CONTAINER_AUTHORIZATION_TOKEN")?.trim();
  const text = await send(what, () =>
    fetch(url, {
      headers: { accept: "application/json", ...token && { authorization: token } },
      redirect: "manual",
      signal,
    }), ({ text }) => parseJson(text)?.code);
  const found = parseJson(text) ?? {};
  return temporary(what, {
    id: found.AccessKeyId,
    secret: found.SecretAccessKey,
    session: found.Token,
    expiration: found.Expiration,
  }, now());
}

/**
 * Over http only this machine and the agents' own addresses are asked, as AWS's SDKs do.
 *
 * @throws {Error} for another host.
 */
function containerUrl(uri: string): URL {
  if (!URL.canParse(uri)) {
    throw new Error("AWS_CONTAINER_CREDENTIALS_FULL_URI is no URL, and should be one");
  }
  const url = new URL(uri);
  const known = ["169.254.170.2", "169.254.170.23", "[fd00:ec2::23]", "localhost", "[::1]"];
  const isNear = known.includes(url.hostname) || /^127(\.\d+){3}$/.test(url.hostname);
  if (url.protocol === "https:" || url.protocol === "http:" && isNear) return url;
  throw new Error(
    `AWS_CONTAINER_CREDENTIALS_FULL_URI has the host "${url.host}" over ${
      url.protocol.slice(0, -1)
    }, ` +
      `it should be https, or one of ${known.join(", ")}`,
  );
}

async function readSecret(
  readTextFile: AwsIdentityOptions["readTextFile"],
  path: string,
  variable: string,
): Promise<string> {
  let text: string;
  try {
    text = (await readTextFile(path)).trim();
  } catch (cause) {
    throw new Error(`the file "${path}" of ${variable} cannot be read`, { cause });
  }
  if (text === "") throw new Error(`the file "${path}" of ${variable} is empty`);
  return text;
}

/** Gives the text of a good answer; of others only the status and the code. */
async function send(
  what: string,
  request: () => Promise<Response>,
  codeOf: (answer: { text: string }) => unknown,
): Promise<string> {
  let response: Response;
  let text: string;
  try {
    response = await request();
    text = (await response.text()).slice(0, 64 * 1024);
  } catch (cause) {
    throw new Error(`${what}: it could not be reached`, { cause });
  }
  if (response.ok) return text;
  const code = codeOf({ text });
  const named = typeof code === "string" && /^\w{1,60}$/.test(code) ? ` (${code})` : "";
  throw new Error(`${what}: it answered ${response.status}${named}`);
}

function temporary(
  what: string,
  found: Record<"id" | "secret" | "session" | "expiration", unknown>,
  now: number,
): TemporaryCredentials {
  const { id, secret, session, expiration } = found;
  if (typeof id !== "string" || typeof secret !== "string" || typeof session !== "string") {
    throw new Error(`${what}: its answer holds no credentials`);
  }
  const end = Date.parse(String(expiration));
  return {
    credentials: {
      AWS_ACCESS_KEY_ID: id,
      AWS_SECRET_ACCESS_KEY: secret,
      AWS_SESSION_TOKEN: session,
    },
    // STS gives an hour where nothing else is asked for.
    lifetime: Number.isNaN(end) ? 3_600_000 : end - now,
  };
}

/** What AWS takes as a session's name, for its audit trail. */
function sessionName(wanted: string | undefined): string {
  const name = (wanted ?? "").replace(/[^\w+=,.@-]/g, "-").slice(0, 64);
  return name.length >= 2 ? name : "genkitd";
}

/** The text of the first element of this name; STS's answers have no attributes and no CDATA. */
function xmlValue(xml: string, name: string): string | undefined {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]?.trim();
  return text?.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");
}

function parseJson(text: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
