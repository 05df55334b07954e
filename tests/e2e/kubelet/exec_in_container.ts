/** Runs a program in a running container, as its user; whether it ended well. */
export async function execInContainer(
  { pid, user, group }: { pid: number; user: number; group: number },
  command: string[],
): Promise<boolean> {
  const { success } = await new Deno.Command("nsenter", {
    args: [
      ...["--target", String(pid), "--mount", "--net", "--root", "--wd"],
      ...["--setuid", String(user), "--setgid", String(group), "--", ...command],
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).output();
  return success;
}
