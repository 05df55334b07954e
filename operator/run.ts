import { systemClock } from "../shared/clock.ts";
import { createLog, type LogLevel } from "../shared/log.ts";
import { VERSION } from "../shared/version.ts";
import { ClusterView } from "./cluster_view.ts";
import { controllers } from "./controllers/controllers.ts";
import { RolloutQueue } from "./controllers/rollout_queue.ts";
import { Engine } from "./engine/engine.ts";
import { parseKey } from "./engine/key.ts";
import { loadClusterAccess } from "./kubernetes/cluster_access.ts";
import { HttpClient } from "./kubernetes/http_client.ts";
import { Transport } from "./kubernetes/transport.ts";
import { FIELD_MANAGER } from "./render/names.ts";

/** Options of {@linkcode run}. */
export interface OperatorOptions {
  kubeconfig: string | undefined;
  /** One namespace; the whole cluster where it is absent. */
  namespace: string | undefined;
  watchSecrets: boolean;
  leaderElect: boolean;
  leaseNamespace: string | undefined;
  legacyNamespace: string;
  /** How many servers may replace their pods at once; 0 for no limit. */
  maxRollouts: number;
  workers: number;
  /** 0 takes any free port. */
  healthPort: number;
  metricsPort: number;
  metricsAuth: boolean;
  logFormat: "text" | "json";
  logLevel: LogLevel;
}
