/** What is installed in each of the ways that the docs describe does what the docs say. */
import { clusterBinaries } from "../cluster/binaries.ts";
import { helmBinary } from "../cluster/helm_binary.ts";
import { testAllIsolated } from "./cluster/test_isolated.ts";
import { type Installation, startInstallation } from "./install/installation.ts";
import type { Way } from "./install/way.ts";
import { WAYS } from "./install/ways.ts";

/** How many clusters there are at once: most of their time is waiting. */
const TOGETHER = 2;

testAllIsolated(
  import.meta,
  "install",
  WAYS.map((way) => ({ name: `install: ${way.name}`, run: (t) => runJourneys(t, way) })),
  { prepare: () => Promise.all([clusterBinaries(), helmBinary()]), together: TOGETHER },
);

/** Installs, and makes the journeys; ends with the first that fails, as the others build on it. */
async function runJourneys(t: Deno.TestContext, way: Way): Promise<void> {
  await using installation = await startInstallation(way);
  const step = async (name: string, run: () => Promise<void>) => {
    if (!await t.step(name, () => withLogs(installation, run))) throw new Error(`"${name}" failed`);
  };
  await step("is applied", () => way.install(installation.installer, installation));
  for (const { name, run } of way.journeys) await step(name, () => run(installation));
}

/** Runs something; where it fails, the error has what the pods have printed. */
async function withLogs(
  { cluster: { kubelet }, way }: Installation,
  run: () => Promise<void>,
): Promise<void> {
  try {
    await run();
  } catch (cause) {
    const namespaces = [...new Set([way.namespace, way.home])];
    const logs = namespaces.map((namespace) => kubelet.logsOf(namespace)).join("\n");
    throw new Error(`${(cause as Error).message}\n${logs}`, { cause });
  }
}
