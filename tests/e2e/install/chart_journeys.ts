import assert from "assert";
import { resources } from "../../../operator/kubernetes/resources.ts";
import type { Journey } from "./journey.ts";

/** The release is upgraded to values with a second operator. */
export const isMadeHighlyAvailable: Journey = {
  name: "the release is upgraded to two operators",
  async run({ installer: { helm }, operators, way }) {
    const release = ["genkitd", "--namespace", way.home, "deploy/chart"];
    await helm(["upgrade", ...release, "--wait", "--timeout=2m"], { replicas: 2 });
    assert.equal((await operators()).length, 2);
  },
};

/** The release is uninstalled: CRDs and objects stay, and what serves. */
export const isUninstalled: Journey = {
  name: "the release is uninstalled: objects stay, and flows serve on",
  async run({ installer: { helm }, kubectl, call, seen, way }) {
    await helm(["uninstall", "genkitd", "--namespace", way.home, "--wait", "--timeout=2m"]);
    // Helm waits for the Deployment; the garbage collector deletes its pods after it.
    const pods = await seen.follow(resources.Pod);
    await seen.when(() => !pods.list().some(({ metadata }) => metadata.namespace === way.home));
    assert.match(await kubectl("get", "flows"), /^greeter /m);
    assert.equal((await call("greeter")).status, 200);
  },
};
