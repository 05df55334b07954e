import { VERSION } from "../../../shared/version.ts";
import {
  aFlowAnswers,
  aFlowIsDeleted,
  aFlowIsSuspendedAndScaled,
  aFlowSetAnswers,
  aModelIsEdited,
  aPromptIsEdited,
  aToolIsAnotherFlow,
} from "./flow_journeys.ts";
import { waitsForPermissions } from "./base_journeys.ts";
import { isMadeHighlyAvailable, isUninstalled } from "./chart_journeys.ts";
import type { Journey } from "./journey.ts";
import {
  becomesReady,
  isRemoved,
  leaderIsEvicted,
  operatorIsKilled,
  staysInItsMemory,
} from "./operator_journeys.ts";
import { logsAreJson, logsAreText, othersAreLeftAlone } from "./overlay_journeys.ts";
import {
  secretsAreReadByName,
  secretsAreWatched,
  secretsChange,
  secretsTakeEffect,
} from "./secret_journeys.ts";
import { install05, takesOver } from "./upgrade_journeys.ts";
import type { Installer, Way } from "./way.ts";

const CORE: readonly Journey[] = [becomesReady, aFlowAnswers];

const INSTALL = [
  ...["install", "genkitd", "deploy/chart", "--wait", "--timeout=2m", "--namespace"],
];
const APPLY = ["apply", "--server-side", "-k"];

const clusterWide: Way = {
  name: "overlay cluster-wide",
  home: "genkitd-system",
  namespace: "demo",
  namespaces: [],
  image: `ghcr.io/genkitd/genkitd:${VERSION}`,
  replicas: 1,
  install: applied("deploy/overlays/cluster-wide"),
  journeys: [
    ...CORE,
    // By name, a Secret is looked at every 60 s; the others need not wait for that.
    secretsChange,
    aFlowSetAnswers,
    aToolIsAnotherFlow,
    aPromptIsEdited,
    aModelIsEdited,
    secretsTakeEffect,
    secretsAreReadByName,
    aFlowIsSuspendedAndScaled,
    operatorIsKilled,
    aFlowIsDeleted,
    logsAreJson,
    staysInItsMemory,
    isRemoved,
  ],
};

/** Every way of installing that the docs describe. */
export const WAYS: readonly Way[] = [
  clusterWide,
  {
    ...clusterWide,
    name: "overlay high-availability",
    replicas: 2,
    install: applied("deploy/overlays/high-availability"),
    journeys: [...CORE, leaderIsEvicted, staysInItsMemory],
  },
  {
    ...clusterWide,
    name: "overlay development",
    image: "genkitd:dev",
    install: applied("deploy/overlays/development"),
    journeys: [...CORE, logsAreText],
  },
  {
    ...clusterWide,
    name: "overlay namespaced",
    home: "team-a",
    namespace: "team-a",
    async install({ kubectl, folder }) {
      await kubectl([...APPLY, "deploy/crds"]);
      await kubectl([...APPLY, "deploy/roles"]);
      const own = await folder((deploy) => ({
        "kustomization.yaml": `
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: team-a
resources: [${deploy}/overlays/namespaced]
`,
      }));
      await kubectl([...APPLY, own]);
    },
    journeys: [
      ...CORE,
      othersAreLeftAlone,
      secretsChange,
      secretsTakeEffect,
      secretsAreWatched,
      aPromptIsEdited,
      logsAreJson,
    ],
  },
  {
    ...clusterWide,
    name: "base, and permissions of one's own",
    namespaces: ["genkitd-system"],
    image: "ghcr.io/genkitd/genkitd",
    async install({ kubectl }) {
      await kubectl([...APPLY, "deploy/crds"]);
      await kubectl([...APPLY, "deploy/base"]);
    },
    journeys: [waitsForPermissions, ...CORE],
  },
  {
    ...clusterWide,
    name: "overlay cluster-wide over genkit-operator 0.5.0",
    async install({ kubectl }, installation) {
      await install05(installation);
      await kubectl([
        ...["apply", "--server-side", "--force-conflicts", "-k", "deploy/overlays/cluster-wide"],
      ]);
    },
    journeys: [takesOver, becomesReady],
  },
  {
    ...clusterWide,
    name: "chart",
    async install({ helm }) {
      await helm([...INSTALL, "genkitd-system", "--create-namespace"]);
    },
    journeys: [
      ...CORE,
      secretsAreReadByName,
      isMadeHighlyAvailable,
      leaderIsEvicted,
      logsAreJson,
      isUninstalled,
    ],
  },
  {
    ...clusterWide,
    name: "chart, namespaced",
    home: "team-b",
    namespace: "team-b",
    async install({ helm }) {
      await helm([...INSTALL, "team-b"], { namespaced: true });
    },
    journeys: [...CORE, othersAreLeftAlone, secretsAreWatched, logsAreJson],
  },
];

/** Applies a folder as docs/install.md says. */
function applied(folder: string): Way["install"] {
  return async ({ kubectl }: Installer) => {
    await kubectl([...APPLY, folder]);
  };
}
