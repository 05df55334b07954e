import assert from "assert";

/** Runs `genkitd conformance` to its end. */
async function conformance(...args: string[]) {
  const program = new URL("../../mod.ts", import.meta.url).pathname;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-prompt", program, "conformance", ...args],
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder();
  return { code, out: text.decode(stdout), said: text.decode(stderr) };
}

const FEW = ["--timeout", "3s", "--grace", "1s"];

Deno.test("conformance says what it waits for while a runner never listens, and fails", async () => {
  const { code, out, said } = await conformance(
    ...FEW,
    "--rule",
    "C-START-01",
    "--",
    "sleep",
    "600",
  );
  assert.equal(code, 1);
  const [line = "", ...rest] = said.trimEnd().split("\n");
  assert.match(
    line,
    /^Waiting up to 3 s \(--timeout\) for the runner to serve "single": http:\/\/127\.0\.0\.1:\d+\/readyz should answer 200$/,
  );
  assert.match(rest.join("\n"), /the runner breaks 1 of the rules: C-START-01/);
  assert.match(
    out,
    /nothing answers at http:\/\/127\.0\.0\.1:\d+ after 3 s: the runner goes on, it should listen on the port that PORT says$/m,
  );
});

Deno.test("conformance says so too where nobody starts a runner at --url", async () => {
  const tree = await Deno.makeTempDir({ prefix: "genkitd-conformance-silence-" });
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const url = `http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}`;
  // Nothing else takes the port, and nothing answers there.
  try {
    const { code, out, said } = await conformance(
      ...FEW,
      "--rule",
      "C-CRED-02",
      "--url",
      url,
      "--tree",
      tree,
    );
    assert.equal(code, 1);
    assert.match(said, new RegExp(`Waiting up to 3 s .*: ${url}/readyz should answer 200`));
    assert.match(out, /after 3 s: a runner should be started there, with the tree$/m);
  } finally {
    await Deno.remove(tree, { recursive: true });
  }
});
