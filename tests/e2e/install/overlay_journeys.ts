import assert from "assert";
import { customKinds } from "../../../shared/api/kinds.ts";
import type { Journey } from "./journey.ts";
import { flow, prompt, SHARED } from "./objects.ts";

/** The logs of the development overlay are for people. */
export const logsAreText: Journey = {
  name: "logs are text, with what is for debugging",
  async run({ operators }) {
    for (const { logs } of await operators()) {
      const lines = logs().trim().split("\n");
      assert.deepEqual(lines.filter((line) => !/^\d\d:\d\d:\d\d [A-Z]+ +\w/.test(line)), []);
      assert.ok(lines.some((line) => / DEBUG /.test(line)), logs());
    }
  },
};

/** Logs are JSON, a line an event, and have no errors after all that was done. */
export const logsAreJson: Journey = {
  name: "logs are JSON, without an error",
  async run({ operators }) {
    for (const { logs } of await operators()) {
      const lines = logs().trim().split("\n").map((line) => JSON.parse(line));
      assert.deepEqual(lines.filter(({ level }) => level === "error"), []);
    }
  },
};

/** An operator of one namespace leaves the others alone. */
export const othersAreLeftAlone: Journey = {
  name: "objects of another namespace are left alone",
  async run({ apply, seen, ready, kubectl }) {
    const metadata = { name: "others" };
    await apply({ apiVersion: "v1", kind: "Namespace", metadata });
    const elsewhere = [...SHARED, prompt("greeter", "Hello"), flow("greeter")].map((object) => ({
      ...object,
      metadata: { ...(object as { metadata: object }).metadata, namespace: "others" },
    }));
    await apply(...elsewhere);
    await apply(prompt("marker", "Here"), flow("marker"));
    await ready("Flow", "marker");
    const theirs = await seen.until(
      customKinds.Flow,
      { namespace: "others", name: "greeter" },
      (flow) => flow,
    );
    assert.equal(theirs.status, undefined);
    assert.equal(await kubectl("get", "deployments", "-n", "others", "-o", "name"), "");
  },
};
