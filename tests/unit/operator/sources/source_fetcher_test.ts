import assert from "assert";
import { InvalidSource, sourceFetcher } from "../../../../operator/sources/source_fetcher.ts";
import { flowSourceKind } from "../../../../shared/api/flow_source.ts";

const UNUSABLE: [spec: object, message: RegExp][] = [
  [{ git: { url: "ssh://git@git.example/a.git" } }, /^spec\.git\.url: .*should have https$/],
  [{ git: { url: "git@git.example:a/b.git" } }, /^spec\.git\.url: .*it is no URL/],
  [{ git: { url: "http://git.example/a.git" } }, /^spec\.git\.url: .*or insecure be set$/],
  [{ git: { url: "https://ann:hidden@git.example/a.git" } }, /^spec\.git\.url: .*in a Secret$/],
  [{ git: { url: "https://git.example/a.git", ref: { semver: "new!" } } }, /ref\.semver: .*range/],
  [{ oci: { url: "https://registry.example/a" } }, /^spec\.oci\.url: .*not begin with oci:/],
  [
    { oci: { url: "oci://ann:hidden@registry.example/a" } },
    /^spec\.oci\.url: .*no registry's host/,
  ],
  [{ oci: { url: "oci://registry.example/a", ref: { semver: "new!" } } }, /ref\.semver: .*range/],
];

function fetcherOf(spec: object, credentials: Record<string, string> = {}) {
  const metadata = { namespace: "demo", name: "flows" };
  const object = { apiVersion: "genkit.dev/v1alpha1", kind: "FlowSource", metadata, spec };
  return sourceFetcher(
    flowSourceKind.schema.parse(object).spec,
    () => Promise.resolve(credentials),
  );
}

for (const [spec, message] of UNUSABLE) {
  Deno.test(`sourceFetcher: only an edit helps ${JSON.stringify(spec)}`, async () => {
    await assert.rejects(fetcherOf(spec), (error: Error) => {
      assert.ok(error instanceof InvalidSource, error.name);
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /hidden/);
      return true;
    });
  });
}

for (
  const spec of [
    { git: { url: "https://127.0.0.1:9/a.git" } },
    { oci: { url: "oci://127.0.0.1:9/a" } },
  ]
) {
  Deno.test(`sourceFetcher: a ca.crt that is none is told by its key: ${Object.keys(spec)}`, async () => {
    const fetcher = await fetcherOf(spec, { "ca.crt": "not-a-certificate" });
    await assert.rejects(fetcher.fetch(new AbortController().signal), (error: Error) => {
      assert.match(error.message, /he key "ca\.crt" of the credentials holds no certificate/);
      assert.doesNotMatch(error.message, /not-a-certificate/);
      return true;
    });
  });
}
