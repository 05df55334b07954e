import type { Image } from "../kubelet/image.ts";

/**
 * A runner as others wrote it before genkitd: it knows no probe, writes to /tmp, and listens on 8080
 * whatever PORT says.
 */
const PROGRAM = `
const { createServer } = require("node:http");
const { writeFileSync, readFileSync } = require("node:fs");
writeFileSync("/tmp/staged", readFileSync("/genkit/config.json"));
createServer((request, response) => {
  response.statusCode = request.method === "POST" ? 200 : 404;
  response.end("the old runner\\n");
}).listen(8080, () => console.log("the old runner listens"));
process.on("SIGTERM", () => process.exit(0));
`;

/** Makes the image of it; it needs Node, as all of the tests do. */
export async function oldRunner(): Promise<Image> {
  const file = await Deno.makeTempFile({ suffix: ".cjs" });
  await Deno.writeTextFile(file, PROGRAM);
  await Deno.chmod(file, 0o644);
  const which = await new Deno.Command("sh", { args: ["-c", "readlink -f $(command -v node)"] })
    .output();
  const node = new TextDecoder().decode(which.stdout).trim();
  return {
    entrypoint: ["/usr/local/bin/node", "/app/server.cjs"],
    files: { "/usr/local/bin/node": node, "/app/server.cjs": file },
  };
}
