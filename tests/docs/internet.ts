import { VERSION } from "../../shared/version.ts";
import { geminiServer } from "../runner/gemini_server.ts";
import { gitRepository } from "../sources/git_repository.ts";
import { gitServer } from "../sources/git_server.ts";
import { registryServer } from "../sources/registry_server.ts";
import { forwardTo, type NamedHost } from "./named_hosts.ts";

/** What the pages know of the internet, as servers of the test. */
export interface Internet extends AsyncDisposable {
  hosts: Record<string, NamedHost>;
  /** Publishes a checkout, and a release of it whose program starts the one at `genkitd`. */
  publish(checkout: string, genkitd: string): Promise<void>;
}

/**
 * Starts it: GitHub with this repository and its release, a Git host and a registry of somebody's
 * team, and Google's Gemini.
 *
 * @param flows The files of the team's repository, below each of the folders that pages name.
 */
export async function startInternet(flows: Record<string, string>): Promise<Internet> {
  await using stack = new AsyncDisposableStack();
  const gemini = stack.use(await geminiServer(() => [{ text: "Hallo Ann!" }]));
  const team = stack.use(await gitRepository());
  for (const folder of ["prod", "flows", "quickstart/flows"]) {
    const files = Object.entries(flows).map(([name, text]) => [`${folder}/${name}`, text]);
    await team.commit(Object.fromEntries(files));
  }
  const teamServer = stack.use(await gitServer(team.folder));
  const registry = stack.use(await registryServer());
  const github = await Deno.makeTempDir({ prefix: "github-" });
  stack.defer(() => Deno.remove(github, { recursive: true }));
  const githubServer = stack.use(await gitServer(github));
  const repository = forwardTo(
    githubServer.url,
    (path) => path.replace("/genkitd/genkitd.git", "/flows.git"),
  );
  const release = `/genkitd/genkitd/releases/download/v${VERSION}/`;
  const owned = stack.move();
  return {
    hosts: {
      "generativelanguage.googleapis.com": forwardTo(gemini.url),
      "git.example": forwardTo(teamServer.url, (path) => path.replace("/team/", "/")),
      "registry.example": forwardTo(`http://${registry.host}`),
      "github.com": async (request) => {
        const { pathname } = new URL(request.url);
        if (!pathname.startsWith(release)) return await repository(request);
        const file = await Deno.readFile(`${github}/${pathname.slice(release.length)}`);
        return new Response(file);
      },
    },
    async publish(checkout, genkitd) {
      await Deno.symlink(`${checkout}/.git`, `${github}/flows.git`);
      const archive = `${github}/genkitd-linux-amd64-${VERSION}.tar.gz`;
      const { success } = await new Deno.Command("tar", {
        args: ["-czf", archive, "-C", genkitd.replace(/\/[^/]*$/, ""), "genkitd"],
      }).output();
      if (!success) throw new Error(`Cannot make "${archive}"`);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
