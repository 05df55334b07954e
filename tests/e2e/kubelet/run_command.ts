/**
 * Runs a program of this machine to its end and gives what it printed.
 *
 * @throws {Error} with what it said, where it fails.
 */
export async function runCommand(program: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args, stdin: "null" })
    .output();
  const text = new TextDecoder();
  if (success) return text.decode(stdout);
  throw new Error(`${program} ${args.join(" ")}: ${text.decode(stderr).trim()}`);
}
