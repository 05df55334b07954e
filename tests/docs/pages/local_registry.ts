import { debianProgram } from "../../sources/debian_program.ts";
import type { Action } from "../page_table.ts";

/** A registry at localhost:5000, which pages start as a container. */
export const startLocalRegistry: Action = async (reader) => {
  const program = await debianProgram({
    name: "docker-registry",
    path: "/usr/bin/docker-registry",
  });
  const folder = await Deno.makeTempDir({ prefix: "registry-" });
  const config = {
    version: 0.1,
    storage: { filesystem: { rootdirectory: folder } },
    http: { addr: "127.0.0.1:5000" },
  };
  await Deno.writeTextFile(`${folder}/config.yml`, JSON.stringify(config));
  await reader.start(`'${program}' serve '${folder}/config.yml'`, /listening on/);
};
