/** The commands that look at files, run as programs: what they write, and how they end. */
import assert from "assert";
import { outputOf } from "./output_of.ts";

const ECHO = `
apiVersion: genkit.dev/v1alpha1
kind: PluginConfig
metadata: { name: echo }
spec: { type: echo }
---
apiVersion: genkit.dev/v1alpha1
kind: Flow
metadata: { name: hello }
spec:
  modelSpec: { provider: echo, model: echo, pluginConfigRef: { name: echo } }
  prompts: [{ prompt: { name: hello, content: "Hello {{name}}" } }]
`;

async function run(line: string, input: string) {
  const command = `"$0" run --no-prompt --allow-read --allow-write --allow-env mod.ts ${line}`;
  return await outputOf("sh", ["-c", command, Deno.execPath()], input);
}

Deno.test("genkitd render --layout needs no image: the tree is whole, and that is said", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const { code, out, err } = await run(`render - --layout ${folder}`, ECHO);
    assert.deepEqual([code, err], [0, ""]);
    assert.equal(out, `${folder}/default/hello\n`);
    const prompt = await Deno.readTextFile(`${folder}/default/hello/prompts/hello.prompt`);
    assert.equal(prompt, "Hello {{name}}");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

for (const command of ["lint", "render", "explain flow/hello -f"]) {
  Deno.test(`genkitd ${command} that cannot be written ends with 2, which is no finding`, async () => {
    const { code, err } = await run(
      `${command} - > /dev/full`,
      ECHO.replace("spec:\n  m", "spec:\n  image: i\n  m"),
    );
    assert.equal(code, 2);
    assert.match(err, /^error: Cannot write the output: No space left on device[^\n]*\n$/);
  });
}
