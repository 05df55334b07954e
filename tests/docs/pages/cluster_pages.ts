import { VERSION } from "../../../shared/version.ts";
import type { Page } from "../pages.ts";
import type { Action } from "../page_table.ts";
import type { Reader } from "../reader.ts";
import { ctrlC, haveFlows, haveGreeter, inTurn, measured, NPX, run, SERVES } from "./actions.ts";

/** The operator's fields of workloads of genkit-operator 0.5.0, as far as the page names them. */
const HAVE_0_5 = inTurn(
  run("kubectl create namespace genkit-operator-system"),
  run("kubectl create deployment old --image=old -n genkit-operator-system"),
  run(
    "kubectl label deployment old control-plane=controller-manager -n genkit-operator-system",
  ),
  run("kubectl create clusterrole genkit-operator-manager-role --verb=get --resource=pods"),
);

/** Writes a kustomization beside the checkout, as the page has it, and builds it. */
function build(says: RegExp) {
  return async (text: string, reader: Reader) => {
    const { world, terminal } = reader;
    const folder = `${world.checkout}/../mine`;
    await terminal.run(`mkdir -p '${folder}'`);
    await Deno.writeTextFile(`${folder}/kustomization.yaml`, text);
    await run(`kubectl kustomize '${folder}'`, says)(reader);
  };
}

const inDemo: Action = run("kubectl config set-context --current --namespace=demo");
const inDefault: Action = run("kubectl config set-context --current --namespace=default");

/** Pages of those who have a cluster. */
export const clusterPages: Record<string, Page> = {
  "docs/flowsource.md": {
    commands: {
      "kubectl annotate gfsrc flows": {
        before: inTurn(
          inDemo,
          run(`kubectl apply -f - <<'END'
{ apiVersion: genkit.dev/v1alpha1, kind: FlowSource, metadata: { name: flows }, spec: { git: { url: "https://git.example/team/flows.git" } } }
END`),
        ),
      },
      "kubectl get genkit": {
        after: inTurn(run("kubectl delete gfsrc flows"), inDefault),
      },
    },
  },
  "docs/install.md": {
    commands: {
      "genkitd --version": { says: new RegExp(RegExp.escape(VERSION)) },
      "gh attestation verify": {
        instead: { because: "it asks GitHub", see: "tests/e2e/release_test.ts" },
      },
      "git clone https://github.com": { before: run("mkdir ~/src && cd ~/src") },
      [`${NPX} task compile`]: {
        instead: {
          because: "denort cannot be downloaded here",
          see: "tests/e2e/compile_test.ts",
        },
      },
      [`${NPX} task release`]: {
        instead: {
          because: "denort cannot be downloaded here",
          see: "tests/e2e/release_test.ts",
        },
      },
      [NPX]: {},
      "deno run --no-prompt": { before: haveFlows, until: SERVES, after: ctrlC },
      "docker build": {
        instead: { because: "there is no container engine", see: "tests/e2e/image_test.ts" },
      },
      "docker run": {
        instead: { because: "there is no container engine", see: "tests/e2e/image_test.ts" },
      },
      "kubectl apply --server-side -f deploy/argocd": {
        before: run("kubectl create namespace argocd"),
      },
      "kubectl wait --for=condition=Ready flow/greeter": {
        before: run("kubectl apply -f flows/flows.yaml"),
      },
      "helm install genkitd deploy/chart": {
        // What the page installed by kustomize so far is refused, as it says below.
        before: run("kubectl delete -k deploy/overlays/cluster-wide"),
      },
      "helm uninstall genkitd": {
        before: run(
          "helm upgrade --install genkitd deploy/chart --namespace genkitd-system " +
            "--create-namespace --take-ownership --force-conflicts",
        ),
      },
      "=kubectl apply --server-side -k": {
        instead: { because: "the way, of which the page has commands above", see: "deploy/crds" },
      },
      "kubectl delete -k deploy/overlays/cluster-wide": {
        instead: {
          because: "the page warns of it",
          run: run(
            "kubectl delete --ignore-not-found --dry-run=server -k deploy/overlays/cluster-wide",
            /flows\.genkit/,
          ),
        },
      },
    },
    blocks: {
      "helm install genkitd oci": { shows: "what will be, once a release is published" },
      "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: genkitd-system":
        {
          use: build(/image: registry\.example\.com\/genkitd:0\.1\.0/),
        },
      "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: team-a": {
        use: build(/namespace: team-a/),
      },
    },
  },
  "docs/metrics.md": {
    commands: {
      "OTEL_DENO=true": {
        // In a pod the namespace is known, and 8080 is the pod's own.
        put: { "genkitd operator": "genkitd operator --lease-namespace default --metrics-port 0" },
        until: /"message":"started"/,
      },
    },
  },
  "deploy/chart/README.md": {
    commands: {
      "helm install genkitd oci": {
        instead: { because: "no chart is published", see: "tests/cluster/chart_test.ts" },
      },
    },
  },
  "docs/operations.md": {
    commands: {
      "kubectl create configmap genkitd-dashboard": {
        before: haveGreeter,
      },
      "kubectl logs": {
        instead: {
          because: "the kubelet of the tests has no API for logs",
          see: "tests/e2e/kubelet_test.ts",
        },
      },
      "kubectl rollout undo": {
        instead: { because: "it is how a command begins", see: "tests/e2e/rollout_test.ts" },
      },
      "deno task bench:operator 3000": measured("bench:operator", "tests/bench/operator.ts"),
      "deno task bench": measured("bench", "tests/bench/main.ts"),
      "kubectl apply --server-side -f secrets.yaml": {
        before: run("kubectl create secret generic mine --dry-run=client -o yaml > secrets.yaml"),
      },
      "kubectl apply --server-side -f genkitd-backup.json": {
        before: run("kubectl delete genkit --all"),
      },
      "kubectl wait --for=condition=Ready flows": {
        // It asks for a key of Gemini, which nobody has made.
        before: run("kubectl delete flow hello"),
      },
      'jq \'.items |= map(select(.metadata.namespace == "demo")': {
        put: { '"demo"': '"default"' },
      },
    },
  },
  "docs/upgrade.md": {
    commands: {
      "genkitd preflight": [{ before: HAVE_0_5 }, {}, {}, {}],
      "helm get manifest RELEASE": {
        instead: {
          because: "the chart of 0.5.0 is not here",
          see: "tests/cluster/preflight_test.ts",
        },
      },
      "helm upgrade RELEASE": {
        instead: {
          because: "the chart of 0.5.0 is not here",
          see: "tests/cluster/chart_take_over_test.ts",
        },
      },
      "kubectl annotate crd …": {
        instead: { because: "the page warns of it", see: "tests/cluster/preflight_test.ts" },
      },
      "kubectl get flows": {
        before: inTurn(haveFlows, run("kubectl apply -f flows/flows.yaml")),
        says: /greeter/,
      },
      "kubectl wait --for=condition=Ready flows,flowsets --all": {
        before: run("kubectl delete flow hello"),
      },
      "helm uninstall RELEASE": {
        instead: {
          because: "the chart of 0.5.0 is not here",
          see: "tests/cluster/chart_take_over_test.ts",
        },
      },
      "kubectl get crd -o name | grep": { says: /^\d+\n$/ },
    },
  },
};
