import assert from "assert";
import { replaceFile } from "../e2e/replace_file.ts";
import type { Running } from "./running_command.ts";
import { openTerminal, type Terminal } from "./terminal.ts";
import type { World } from "./world.ts";

/** Somebody who follows a page: one terminal for what ends, and one for each server. */
export interface Reader extends AsyncDisposable {
  world: World;
  terminal: Terminal;
  /** The server that was started last, and runs. */
  server(): Running;
  /** Starts a server. */
  start(command: string, ready: RegExp): Promise<void>;
  /** Ctrl-C in the server's terminal; of all where several run. */
  ctrlC(): Promise<void>;
  /** Changes a file of the clone, where `from` stands once. */
  edit(file: string, from: string, to: string): Promise<void>;
}

/** Sits down before a machine, in the folder of the clone. */
export async function readerOf(world: World): Promise<Reader> {
  const terminal = await openTerminal({ cwd: world.checkout, env: world.env });
  let servers: Running[] = [];
  return {
    world,
    terminal,
    server() {
      const last = servers.at(-1);
      assert.ok(last, "a server runs");
      return last;
    },
    async start(command, ready) {
      servers.push(await terminal.start(command, ready));
    },
    async ctrlC() {
      for (const one of servers) await one.interrupt();
      servers = [];
    },
    async edit(file, from, to) {
      const path = `${world.checkout}/${file}`;
      const text = await Deno.readTextFile(path);
      assert.equal(text.split(from).length, 2, `"${from}" stands once in ${file}`);
      await replaceFile(path, text.replace(from, () => to));
    },
    [Symbol.asyncDispose]: () => terminal[Symbol.asyncDispose](),
  };
}
