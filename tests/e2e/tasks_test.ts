import assert from "assert";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

Deno.test("a task serves with the permissions that it names, and ends as it is told", async () => {
  await using child = new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "serve", "examples/assistants.yaml", "--offline", "--port", "0"],
    cwd: root,
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let said = "";
  let url: string | undefined;
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    said += text;
    const found = /curl -d .* (http:\S+\/greeter)\n/.exec(said)?.[1];
    if (found === undefined || url !== undefined) continue;
    url = found;
    const response = await fetch(url, { method: "POST", body: '{"name":"Ann"}' });
    const answer = await response.text();
    assert.equal(response.status, 200, answer);
    assert.match(answer, /Ann/);
    child.kill("SIGTERM");
  }
  assert.deepEqual([(await child.status).code, url === undefined], [0, false], said);
});

Deno.test("each task that starts genkitd gives it the same permissions, and no more", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(`${root}deno.json`));
  const starts = Object.values<{ command: string }>(tasks).map(({ command }) => command)
    // The conformance kit starts what it is told to, and writes trees.
    .filter((command) => command.includes("mod.ts") && !command.endsWith(" conformance"));
  assert.equal(starts.length, 3);
  for (const command of starts) {
    const [, run = ""] = /&& deno run (.*) mod\.ts/.exec(command) ?? [];
    const flags = run.replace(/"\$\(.*\)"/, "<deno>").split(" ");
    assert.deepEqual(flags, [
      "--no-prompt",
      "--allow-net",
      "--allow-read",
      // What serve records, and render lays out; each role drops it where it writes nothing.
      "--allow-write",
      "--allow-env",
      "--allow-run=<deno>",
    ]);
  }
});
