import assert from "assert";
import { parse } from "yaml";
import { ROOT } from "../../../tasks/checkout.ts";

const page = await Deno.readTextFile(`${ROOT}docs/upgrade.md`);
const files = [...Deno.readDirSync(`${ROOT}deploy/crds`)].map(({ name }) => name)
  .filter((name) => name.startsWith("genkit.dev_"));
const shortNames = files.map((name) => {
  const { spec: { names } } = parse(Deno.readTextFileSync(`${ROOT}deploy/crds/${name}`));
  return names.shortNames[0] as string;
});

Deno.test("docs/upgrade.md backs up every kind of genkit-operator 0.5.0", () => {
  const [, names] = page.match(/kubectl get (\S+) --all-namespaces --output json/)!;
  // FlowSource is genkitd's own.
  const former = shortNames.filter((name) => name !== "gfsrc");
  assert.deepEqual(names!.split(",").sort(), former.sort());
});

Deno.test("docs/upgrade.md counts the CRDs that are there afterwards", () => {
  const [, count] = page.match(/grep -c genkit.dev {3}# (\d+)/)!;
  assert.equal(Number(count), files.length);
});
