import assert from "assert";
import { forEachOf } from "../../shared/for_each_of.ts";
import { natsServer } from "../cache/nats_server.ts";
import { gitRepository } from "../sources/git_repository.ts";
import { gitServer } from "../sources/git_server.ts";
import { call, ECHO, echoFlow, eventually } from "./echo_flow.ts";
import { genkitd } from "./genkitd.ts";

const FLOWS = 1_000;
const names = Array.from({ length: FLOWS }, (_, i) => `flow-${i}`);
const objects = names.map((name) => echoFlow(name, `This is ${name}`));

/** The same flows, each in a file of its own and all in one. */
const TREES: Record<string, Record<string, string>> = {
  "1,000 files": {
    "echo.yaml": ECHO,
    ...Object.fromEntries(names.map((name, i) => [`flows/${name}.yaml`, objects[i]!])),
  },
  "one file": { "all.yaml": [ECHO, ...objects].join("---\n") },
};

for (const [kind, tree] of Object.entries(TREES)) {
  Deno.test(`NATS: a node that starts while Git is down loads 1,000 flows, in ${kind}, from the bucket`, async () => {
    await using repository = await gitRepository();
    await repository.commit(tree);
    await using git = await gitServer(repository.folder);
    await using nats = await natsServer();
    const folder = await Deno.makeTempDir();
    const config = `${folder}/genkitd.yaml`;
    await Deno.writeTextFile(
      config,
      `sources:
  - name: flows
    git: { url: "${git.url}" }
cache: { type: nats, url: "${nats.url}", bucket: test }
listen: { port: 0 }
`,
    );
    const start = () =>
      genkitd(["serve", "--config", config], { ready: /serves .* at (http:\S+)/ });
    try {
      {
        await using first = await start();
        await eventually(
          () => call(first.url, names[0]!),
          (text) => text === `This is ${names[0]}`,
        );
        // So that the next one need not wait for the lease.
        first.kill("SIGTERM");
        await first.ended;
      }
      await git.stop();
      const began = performance.now();
      await using second = await start();
      const took = Math.round(performance.now() - began);
      assert.match(second.output(), /serves 1,?000 flows from /);
      await forEachOf(names, 16, async (name) => {
        assert.equal(await call(second.url, name), `This is ${name}`);
      });
      console.log(
        `1,000 flows in ${kind}: ${took} ms from the start of the process until all are served ` +
          `(load average ${Deno.loadavg()[0]!.toFixed(1)})`,
      );
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
