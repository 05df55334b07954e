import assert from "assert";
import { parse } from "yaml";
import { ROOT } from "../../../tasks/checkout.ts";

/** A workflow of GitHub Actions; only what is read here. */
interface Workflow {
  permissions: Record<string, string>;
  jobs: Record<string, { steps: { uses?: string; run?: string }[] }>;
}

const workflow = (name: string): Workflow =>
  parse(Deno.readTextFileSync(`${ROOT}.github/workflows/${name}.yaml`));

Deno.test("workflows name actions by commits, may only read by default, and run tasks that exist", () => {
  const { tasks } = JSON.parse(Deno.readTextFileSync(`${ROOT}deno.json`));
  for (const name of ["ci", "release"]) {
    const { permissions, jobs } = workflow(name);
    assert.deepEqual(permissions, { contents: "read" });
    for (const { uses, run } of Object.values(jobs).flatMap(({ steps }) => steps)) {
      if (uses !== undefined) assert.match(uses, /^actions\/[\w-]+@[0-9a-f]{40}$/);
      for (const [, version, task] of run?.matchAll(/deno@(\S+) task (\w+)/g) ?? []) {
        assert.equal(version, Deno.version.deno);
        assert.ok(task! in tasks, `task ${task}`);
      }
    }
  }
});

Deno.test("what the workflows run of the repository is there, and may be run", () => {
  for (const path of [".ci/run", "deploy/check_compiled.sh"]) {
    const named = ["ci", "release"].some((name) => JSON.stringify(workflow(name)).includes(path));
    assert.ok(named, path);
    assert.ok((Deno.statSync(`${ROOT}${path}`).mode! & 0o111) !== 0, path);
  }
});
