import assert from "assert";
import { debianProgram } from "../../sources/debian_program.ts";

const program = await debianProgram({ name: "prometheus", path: "/usr/bin/promtool" });

/**
 * Runs Prometheus' promtool on files that are given as what is in them, and gives what it said.
 *
 * @throws {AssertionError} with what it said, where it finds a fault.
 */
export async function promtool(args: string[], files: Record<string, unknown>): Promise<string> {
  const cwd = await Deno.makeTempDir({ prefix: "genkitd-promtool-" });
  try {
    for (const [name, content] of Object.entries(files)) {
      await Deno.writeTextFile(`${cwd}/${name}`, JSON.stringify(content));
    }
    const { success, stdout, stderr } = await new Deno.Command(program, { args, cwd }).output();
    const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    assert.ok(success, said);
    return said;
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
}
