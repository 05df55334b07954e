/** What a command wrote, and how it ended. */
export interface CommandOutput {
  code: number;
  out: string;
  err: string;
}

const ROOT = new URL("../../../", import.meta.url).pathname;

/** Runs a command in the checkout, with a text as its standard input. */
export async function outputOf(
  command: string,
  args: string[],
  input: string,
): Promise<CommandOutput> {
  const child = new Deno.Command(command, {
    args,
    cwd: ROOT,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, out: out!, err: err! };
}
