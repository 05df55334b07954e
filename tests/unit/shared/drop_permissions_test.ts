import assert from "assert";

Deno.test("dropPermissions: all but what is kept is given up for good", async () => {
  const module = new URL("../../../shared/drop_permissions.ts", import.meta.url).href;
  const code = `import { dropPermissions } from "${module}";
    await dropPermissions(["run"]);
    const state = async (name) => name + " " + (await Deno.permissions.query({ name })).state;
    const names = ["read", "net", "env", "run", "write", "ffi", "sys"];
    console.log((await Promise.all(names.map(state))).join("\\n"));
    try { Deno.writeTextFileSync("/tmp/genkitd-dropped", "x") } catch (e) { console.log(e.name) }`;
  const { stdout } = await (await run(code)).output();
  assert.deepEqual(new TextDecoder().decode(stdout).trim().split("\n"), [
    "read granted",
    "net granted",
    "env granted",
    "run granted",
    "write prompt",
    "ffi prompt",
    "sys prompt",
    "NotCapable",
  ]);
});

/** A Deno that runs `code`. */
async function run(code: string): Promise<Deno.ChildProcess> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-prompt", "-"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(code));
  await writer.close();
  return child;
}
