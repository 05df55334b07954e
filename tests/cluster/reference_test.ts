/** What docs/reference and docs/troubleshooting.md say of an API server, before a real one. */
import assert from "assert";
import { EXAMPLES } from "../../tasks/reference/example.ts";
import { startControlPlane } from "./control_plane.ts";
import { startOperator } from "./operator_process.ts";
import { untilServed } from "./until_served.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

Deno.test("docs/reference: the API server takes the examples; without CRDs the operator says so", async (t) => {
  await using plane = await startControlPlane();
  const page = await Deno.readTextFile(`${ROOT}docs/troubleshooting.md`);

  await t.step(
    "an operator without CRDs is not ready, and /readyz says which kinds it lacks",
    async () => {
      await using operator = await startOperator(plane.kubeconfig);
      const said = async () => {
        for (;;) {
          const response = await fetch(`${operator.probes}/readyz`);
          const text = await response.text();
          // The other kinds are listed, and the Lease of 0.5.0 is looked for, first.
          if (/^not listed yet: \w*PluginConfig.*FlowSource$/.test(text.trim())) {
            return response
              .status;
          }
          assert.equal(response.status, 503, text);
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      };
      assert.equal(await said(), 503);
      assert.match(page, /`not listed yet: Flow, FlowSet, …`/);
    },
  );

  await t.step(
    "the API server takes every object of the examples, with no field unknown",
    async () => {
      await plane.kubectl(["apply", "--server-side", "-f", `${ROOT}deploy/crds`, "--recursive"]);
      await untilServed(plane);
      for (const file of ["minimal.yaml", "full.yaml"]) {
        const { stdout } = await plane.kubectl([
          "apply",
          "--server-side",
          "--validate=strict",
          "-f",
          `${ROOT}${EXAMPLES}/${file}`,
        ]);
        assert(stdout.trim().split("\n").length >= 9, stdout);
      }
    },
  );

  await t.step("each object is told a reason that its page has", async () => {
    for (const name of ["flows", "desk", "shared-prompts"]) {
      // Their addresses are nobody's.
      const patch = '{"spec":{"suspend":true}}';
      await plane.kubectl(["patch", "gfsrc", name, "--type=merge", "-p", patch]);
    }
    await using _ = await startOperator(plane.kubeconfig, ["--no-leader-elect"]);
    const told = new Map<string, string>();
    for (;;) {
      const { stdout } = await plane.kubectl(["get", "genkit", "-o", "json"]);
      const { items } = JSON.parse(stdout) as { items: Told[] };
      for (const { kind, metadata, status } of items) {
        for (const { reason, message } of status?.conditions ?? []) {
          const page = await Deno.readTextFile(`${ROOT}docs/reference/${kind.toLowerCase()}.md`);
          const row = `| [${reason}](../troubleshooting.md#${reason.toLowerCase()})`;
          assert(page.includes(row), `${kind} ${metadata.name}: ${reason}: ${message}`);
          told.set(`${kind}/${metadata.name}`, reason);
        }
      }
      if (told.size === items.length) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert(new Set(told.values()).size >= 4, `${[...new Set(told.values())]}`);
  });
});

/** What is read of an object. */
interface Told {
  kind: string;
  metadata: { name: string };
  status?: { conditions?: { reason: string; message: string }[] };
}
