import assert from "assert";
import { untilServed } from "../cluster/until_served.ts";
import { startTestCluster } from "../e2e/cluster/test_cluster.ts";
import { testIsolated } from "../e2e/cluster/test_isolated.ts";
import { debianProgram } from "../sources/debian_program.ts";
import { followPage } from "./follow_page.ts";
import { startInternet } from "./internet.ts";
import { HISTORY, PAGES } from "./pages.ts";
import { FLOWS } from "./pages/actions.ts";
import { readerOf } from "./reader.ts";
import { makeWorld, prepareWorld } from "./world.ts";

/** What a page leaves in the checkout; packages and bundles are the same for the next one. */
const CLEAN = "git checkout --quiet . && git clean -dffxq -e node_modules -e dist";

testIsolated(
  import.meta,
  "each page: its commands as printed, its objects and files as a reader would copy them",
  async (t) => {
    await using cluster = await startTestCluster();
    const { controlPlane, images } = cluster;
    images["ghcr.io/genkitd/genkitd:0.1.0"] = images["genkitd:test"]!;
    await using internet = await startInternet({ "flows.yaml": FLOWS });
    const { hosts } = internet;
    await using world = await makeWorld({ controlPlane, hosts, genkitd: true, deno: true });
    await internet.publish(world.checkout, world.genkitd);
    await using reader = await readerOf(world);
    const { terminal } = reader;
    await terminal.run("kubectl apply --server-side -k deploy/crds");
    await untilServed(controlPlane);
    await terminal.run("kubectl create namespace demo");
    const { output } = await terminal.run("git ls-files '*.md'");
    const pages = output.trim().split("\n").filter((page) => !HISTORY.test(page));
    for (const page of pages) {
      if (page === "README.md") continue;
      await t.step(page, (t) => followPage(t, world, { page, ...PAGES[page] }));
      await terminal.run(CLEAN);
      await terminal.run("kubectl delete genkit --all --all-namespaces --ignore-not-found");
      await terminal.run("kubectl delete secrets --all");
    }
    assert.deepEqual(Object.keys(PAGES).filter((page) => !pages.includes(page)), []);
  },
  {
    minutes: 40,
    prepare: async () => {
      await prepareWorld();
      await debianProgram({ name: "docker-registry", path: "/usr/bin/docker-registry" });
    },
  },
);
