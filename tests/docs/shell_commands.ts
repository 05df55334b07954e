/** A command of a block: as much of it as a shell runs at once. */
export interface ShellCommand {
  /** Its first line in the page, from 1. */
  line: number;
  /** As printed; several lines where it has a here-document or goes on after a backslash. */
  text: string;
}

/**
 * Splits the text of a `sh` block into its commands; bash itself says where one ends. Empty lines and
 * comments on lines of their own are left out.
 *
 * @param firstLine The line of the page that the text begins at.
 * @throws {Error} where bash cannot read it, with the line.
 */
export async function shellCommands(text: string, firstLine: number): Promise<ShellCommand[]> {
  const commands: ShellCommand[] = [];
  let begun: ShellCommand | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    if (begun) begun.text += `\n${line}`;
    else if (line.trim() === "" || line.trim().startsWith("#")) continue;
    else begun = { line: firstLine + index, text: line };
    if (!await isWhole(begun.text)) continue;
    commands.push(begun);
    begun = undefined;
  }
  if (begun) throw new Error(`The command at line ${begun.line} has no end: ${begun.text}`);
  return commands;
}

/** A here-document without its end is only warned of, and a last backslash is not even that. */
async function isWhole(text: string): Promise<boolean> {
  if (text.endsWith("\\")) return false;
  const { success, stderr } = await new Deno.Command("bash", {
    args: ["-n", "-c", text],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  return success && stderr.length === 0;
}
