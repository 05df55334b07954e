import type { Command } from "commander";
import { collect } from "./collect.ts";

/** The flag that {@linkcode addResourcesFlag} adds, as it was given. */
export interface ResourcesFlag {
  resources: string[];
}

/** Adds `--resources`. */
export function addResourcesFlag(command: Command): Command {
  return command.option(
    "--resources <glob>",
    "files that objects refer to, such as 'schemas/**'; *.prompt always; may be repeated",
    collect,
    [],
  );
}
