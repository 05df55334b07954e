import type { HelmOptions } from "../../cluster/helm.ts";
import type { Installation } from "./installation.ts";
import type { Journey } from "./journey.ts";

/** What a way of installing works with. */
export interface Installer {
  /** Runs kubectl in the checkout, as the administrator, and gives what it printed. */
  kubectl(args: string[], input?: string | readonly object[]): Promise<string>;
  /** Runs helm in the checkout, as the administrator, and gives what it printed. */
  helm(args: string[], values?: HelmOptions["values"]): Promise<string>;
  /** Writes a folder of the user's own, for which `deploy` is the way to ours, and gives its path. */
  folder(files: (deploy: string) => Record<string, string>): Promise<string>;
}

/** A way of installing genkitd, and the journeys that are made on what it installs. */
export interface Way {
  name: string;
  /** The namespace that the operator runs in. */
  home: string;
  /** The namespace of the journeys' objects. */
  namespace: string;
  /** Namespaces that exist before, besides that of the journeys. */
  namespaces: readonly string[];
  /** The image that the operator's Deployment names. */
  image: string;
  replicas: number;
  install(installer: Installer, installation: Installation): Promise<void>;
  journeys: readonly Journey[];
}
