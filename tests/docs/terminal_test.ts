import assert from "assert";
import { openTerminal } from "./terminal.ts";

const open = () => openTerminal({ cwd: "/", env: { PATH: Deno.env.get("PATH")!, HOME: "/" } });

Deno.test("a terminal keeps folder, variables and functions between commands", async () => {
  await using terminal = await open();
  await terminal.run("cd /usr; a=one; f() { echo $a at $PWD; }");
  assert.deepEqual(await terminal.run("f"), { code: 0, output: "one at /usr\n" });
});

Deno.test("a command's exit code is that of all parts of a pipe, and no end of the shell", async () => {
  await using terminal = await open();
  assert.equal((await terminal.run("false | true")).code, 1);
  assert.equal((await terminal.run("true")).code, 0);
});

Deno.test("a variable that is not set ends the shell, and says so", async () => {
  await using terminal = await open();
  await assert.rejects(terminal.run("echo $nobody"), /nobody: unbound variable/);
  assert.equal(terminal.closed, true);
});

Deno.test("a server goes on beside the commands, and ends by Ctrl-C", async () => {
  await using terminal = await open();
  await terminal.run("cd /usr");
  const server = await terminal.start("echo in $PWD; sleep 1000 & echo ready; wait", /ready/);
  assert.match(server.output(), /in \/usr/);
  assert.equal((await terminal.run("echo two")).output, "two\n");
  await server.interrupt();
});

Deno.test("a server that ends before it is ready is told, with what it said", async () => {
  await using terminal = await open();
  await assert.rejects(terminal.start("echo broken; false", /ready/), /without saying[^]*broken/);
});
