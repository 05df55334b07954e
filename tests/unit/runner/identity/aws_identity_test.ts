import assert from "assert";
import { awsIdentity } from "../../../../runner/identity/aws_identity.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");
const TOKEN = "eyJ.service-account.token";
const IRSA = {
  AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/flows",
  AWS_WEB_IDENTITY_TOKEN_FILE: "/var/run/secrets/eks/token",
  AWS_REGION: "eu-west-1",
};
const POD = {
  AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://169.254.170.23/v1/credentials",
  AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: "/var/run/secrets/pods/token",
};

/** What STS answers (https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html). */
const STS = `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult>
    <Credentials>
      <SessionToken>session/&amp;token==</SessionToken>
      <SecretAccessKey>secret</SecretAccessKey>
      <Expiration>2026-01-01T01:00:00Z</Expiration>
      <AccessKeyId>ASIA1</AccessKeyId>
    </Credentials>
  </AssumeRoleWithWebIdentityResult>
</AssumeRoleWithWebIdentityResponse>`;

function setUp(
  environment: Record<string, string>,
  answer: () => Response,
  readTextFile: (path: string) => Promise<string> = () => Promise.resolve(`${TOKEN}\n`),
) {
  const requests: Request[] = [];
  const identity = awsIdentity({
    environment: (key) => environment[key],
    readTextFile,
    fetch: (input, init) => {
      requests.push(new Request(input, init));
      return Promise.resolve(answer());
    },
    now: () => NOW,
  });
  return { identity, requests, obtain: () => identity!.obtain(new AbortController().signal) };
}

Deno.test("a process without AWS's variables has no AWS identity", () => {
  assert.equal(setUp({}, () => new Response()).identity, undefined);
  assert.equal(setUp({ AWS_ROLE_ARN: "arn" }, () => new Response()).identity, undefined);
});

Deno.test("the role of a service account is assumed at its region's STS", async () => {
  const { obtain, requests } = setUp(IRSA, () => new Response(STS));
  assert.deepEqual(await obtain(), {
    credentials: {
      AWS_ACCESS_KEY_ID: "ASIA1",
      AWS_SECRET_ACCESS_KEY: "secret",
      AWS_SESSION_TOKEN: "session/&token==",
    },
    lifetime: 3_600_000,
  });
  const [request] = requests as [Request];
  assert.equal(request.method, "POST");
  assert.equal(request.url, "https://sts.eu-west-1.amazonaws.com/");
  assert.deepEqual(Object.fromEntries(new URLSearchParams(await request.text())), {
    Action: "AssumeRoleWithWebIdentity",
    Version: "2011-06-15",
    RoleArn: IRSA.AWS_ROLE_ARN,
    RoleSessionName: "genkitd",
    WebIdentityToken: TOKEN,
  });
});

Deno.test("the role of a container is asked of its agent, with the token of a file", async () => {
  const answer = {
    AccessKeyId: "ASIA2",
    SecretAccessKey: "secret",
    Token: "session",
    Expiration: "2026-01-01T06:00:00Z",
  };
  const { obtain, requests } = setUp(POD, () => Response.json(answer));
  const { credentials, lifetime } = await obtain();
  assert.equal(credentials.AWS_ACCESS_KEY_ID, "ASIA2");
  assert.equal(lifetime, 6 * 3_600_000);
  assert.equal(requests[0]!.url, "http://169.254.170.23/v1/credentials");
  assert.equal(requests[0]!.headers.get("authorization"), TOKEN);
});

Deno.test("ECS's agent is asked by a relative URI", async () => {
  const { obtain, requests } = setUp(
    { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/v2/credentials/x" },
    () => Response.json({ AccessKeyId: "A", SecretAccessKey: "b", Token: "c" }),
  );
  assert.equal((await obtain()).lifetime, 3_600_000, "an hour where it is not said");
  assert.equal(requests[0]!.url, "http://169.254.170.2/v2/credentials/x");
});

Deno.test("credentials are asked of nobody else over http", async (t) => {
  for (const uri of ["http://example.com/", "http://169.254.169.254/", "ftp://127.0.0.1/", "no"]) {
    await t.step(uri, async () => {
      const { obtain, requests } = setUp(
        { AWS_CONTAINER_CREDENTIALS_FULL_URI: uri },
        () => new Response(),
      );
      await assert.rejects(obtain(), /^Error: AWS_CONTAINER_CREDENTIALS_FULL_URI /);
      assert.equal(requests.length, 0);
    });
  }
});

const failures: [what: string, Record<string, string>, () => Response, message: string][] = [
  [
    "STS's refusal",
    IRSA,
    () =>
      new Response(
        `<ErrorResponse><Error><Code>AccessDenied</Code><Message>${TOKEN}</Message></Error></ErrorResponse>`,
        { status: 403 },
      ),
    'the role "arn:aws:iam::123456789012:role/flows" cannot be assumed at ' +
    "sts.eu-west-1.amazonaws.com: it answered 403 (AccessDenied)",
  ],
  [
    "an answer of STS without credentials",
    IRSA,
    () => new Response("<html>hello</html>"),
    'the role "arn:aws:iam::123456789012:role/flows" cannot be assumed at ' +
    "sts.eu-west-1.amazonaws.com: its answer holds no credentials",
  ],
  [
    "the agent's refusal",
    POD,
    () => Response.json({ code: "NotFound", message: TOKEN }, { status: 404 }),
    "the container's role cannot be had at 169.254.170.23: it answered 404 (NotFound)",
  ],
  [
    "an agent that is not there",
    POD,
    () => {
      throw new TypeError(`error sending request with ${TOKEN}`);
    },
    "the container's role cannot be had at 169.254.170.23: it could not be reached",
  ],
];
for (const [what, environment, answer, message] of failures) {
  Deno.test(`AWS identity: ${what} is told without the token`, async () => {
    await assert.rejects(setUp(environment, answer).obtain(), { message });
  });
}

Deno.test("AWS identity: a token file that cannot be read, or is empty, is named", async () => {
  const path = IRSA.AWS_WEB_IDENTITY_TOKEN_FILE;
  const cases: [read: () => Promise<string>, message: string][] = [
    [() => Promise.reject(new Deno.errors.NotFound()), "cannot be read"],
    [() => Promise.resolve("\n"), "is empty"],
  ];
  for (const [read, why] of cases) {
    await assert.rejects(setUp(IRSA, () => new Response(STS), read).obtain(), {
      message: `the file "${path}" of AWS_WEB_IDENTITY_TOKEN_FILE ${why}`,
    });
  }
});
