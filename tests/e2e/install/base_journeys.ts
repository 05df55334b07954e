import assert from "assert";
import type { Journey } from "./journey.ts";

/** The base has no permissions on objects: the operator waits for them, and says so. */
export const waitsForPermissions: Journey = {
  name: "the operator says that it may read nothing, until it may",
  async run({ way, cluster, kubectl, operators }) {
    await cluster.kubelet.sawOf(way.home, /flows\.genkit\.dev is forbidden/);
    // Its lease is its own, and before it has that it is not ready for another reason.
    await cluster.kubelet.sawOf(way.home, /"message":"leading"/);
    const [pod] = await operators();
    const { status, text } = await pod!.get(8081, "/readyz");
    assert.equal(status, 503);
    assert.match(text, /^not listed yet: .*Flow/);
    await kubectl("apply", "--server-side", "-f", "deploy/overlays/cluster-wide/role.yaml");
  },
};
