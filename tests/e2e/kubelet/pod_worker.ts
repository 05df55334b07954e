import type { Clock } from "../../../shared/clock.ts";
import { type Api, ApiFailure } from "../cluster/api.ts";
import { CLUSTER_DOMAIN } from "../cluster/cluster_network.ts";
import type { Images } from "./image.ts";
import { MissingReference, type NamedObjects } from "./named_objects.ts";
import type { Pod, PodCondition } from "./pod.ts";
import { PodContainer } from "./pod_container.ts";
import type { PodNetwork, PodNetworks } from "./pod_network.ts";
import { type PodStatus, podStatus } from "./pod_status.ts";
import { PodVolumes } from "./pod_volumes.ts";
import type { RestartBackoffOptions } from "./restart_backoff.ts";
import { StatusWriter } from "./status_writer.ts";
import { wait } from "./wait.ts";

/** Options of {@linkcode PodWorker}. */
export interface PodWorkerOptions {
  pod: Pod;
  api: Api;
  images: Images;
  objects: NamedObjects;
  networks: PodNetworks;
  clock: Clock;
  backoff: RestartBackoffOptions;
  /** A folder for this pod alone. */
  folder: string;
  hostIp: string;
  /** The variables of the Services that are there now. */
  services(pod: Pod): Record<string, string>;
  /** The address of the cluster's DNS. */
  dns: string;
  /** Takes what the containers print. */
  output(text: string): void;
}

/** Milliseconds until what a pod waits for is looked for again. */
const RETRY = 200;

/** Runs one pod, from its binding to its end. */
export class PodWorker {
  /** Resolves when nothing of the pod is left running. */
  readonly ended: Promise<void>;
  readonly #options: PodWorkerOptions;
  readonly #startTime = time();
  readonly #stopping = new AbortController();
  readonly #vanished = new AbortController();
  readonly #status: StatusWriter;
  #grace = 0;
  #containers: PodContainer[] = [];
  #volumes: PodVolumes | undefined;
  #network: PodNetwork | undefined;
  #conditions: PodCondition[] = [];
  #final = false;

  constructor(options: PodWorkerOptions) {
    const { api, pod, clock } = options;
    this.#options = options;
    this.#conditions = pod.status?.conditions ?? [];
    this.#status = new StatusWriter({
      api,
      pod,
      clock,
      signal: this.#vanished.signal,
      status: () => this.#compute(),
    });
    this.ended = this.#run();
  }

  /** The pod's address, and the process ids of its running containers by name. */
  get running(): { ip: string | undefined; pids: Record<string, number> } {
    const pids = this.#containers.flatMap(({ status: { name }, pid }) => pid ? [[name, pid]] : []);
    return { ip: this.#network?.ip, pids: Object.fromEntries(pids) };
  }

  /** Takes a newer version of the pod: only that it is to be deleted matters. */
  update({ metadata, spec }: Pod): void {
    if (metadata.deletionTimestamp === undefined || this.#stopping.signal.aborted) return;
    const { terminationGracePeriodSeconds = 30 } = spec;
    const seconds = metadata.deletionGracePeriodSeconds ?? terminationGracePeriodSeconds;
    this.#grace = seconds * 1_000;
    this.#stopping.abort();
  }

  /** The object is gone: ends what runs at once and writes nothing any more. */
  vanish(): void {
    this.#vanished.abort();
    this.#stopping.abort();
    for (const container of this.#containers) container.stop(0);
  }

  /** A ConfigMap or Secret of the namespace has changed: brings the volumes up to date. */
  async refresh(): Promise<void> {
    try {
      await this.#volumes?.update();
    } catch (error) {
      // What is mounted stays as it is until all is there again, as in real kubelets.
      if (!(error instanceof MissingReference)) throw error;
    }
  }

  async #run(): Promise<void> {
    const { networks, clock } = this.#options;
    this.#status.mark();
    this.#network = await networks.start();
    this.#status.mark();
    if (await this.#mountVolumes()) {
      await Deno.mkdir(this.#options.folder, { recursive: true });
      await Deno.writeTextFile(this.#resolvConf, resolvConf(this.#options));
      this.#startContainers();
      this.#status.mark();
      const over = new AbortController();
      const allEnded = Promise.all(this.#containers.map(({ ended }) => ended));
      await Promise.race([allEnded, aborted(this.#stopping.signal, over.signal)]);
      over.abort();
      await Promise.all(this.#containers.map((container) => container.stop(this.#grace)));
    }
    this.#final = true;
    await this.#network.stop();
    this.#status.mark();
    await aborted(this.#stopping.signal);
    await this.#status.flush();
    await this.#delete();
    await wait(clock, 0, this.#vanished.signal);
  }

  get #resolvConf(): string {
    return `${this.#options.folder}/resolv.conf`;
  }

  async #mountVolumes(): Promise<boolean> {
    const { pod, api, objects, folder, clock } = this.#options;
    const { name, namespace, uid } = pod.metadata;
    const account = pod.spec.serviceAccountName ?? "default";
    this.#volumes = new PodVolumes({
      pod,
      podIp: this.#network!.ip,
      objects,
      folder: `${folder}/volumes`,
      token: async (audience, expirationSeconds) => {
        const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`;
        const boundObjectRef = { apiVersion: "v1", kind: "Pod", name, uid };
        const audiences = audience === undefined ? [] : [audience];
        const spec = { audiences, expirationSeconds, boundObjectRef };
        const answer = await api.send("POST", path, { spec }) as { status: { token: string } };
        return answer.status.token;
      },
    });
    while (!this.#stopping.signal.aborted) {
      try {
        await this.#volumes.update();
        return true;
      } catch (error) {
        // Real kubelets say it in an Event FailedMount; the container stays ContainerCreating.
        if (!(error instanceof MissingReference || error instanceof ApiFailure)) throw error;
      }
      await wait(clock, RETRY, this.#stopping.signal);
    }
    return false;
  }

  #startContainers(): void {
    const { pod, images, objects, clock, backoff, folder, output } = this.#options;
    const { ip, namespace } = this.#network!;
    this.#containers = pod.spec.containers.map((container) =>
      new PodContainer({
        pod,
        container,
        podIp: ip,
        network: namespace,
        folder: `${folder}/${container.name}`,
        images,
        objects,
        clock,
        backoff,
        services: () => this.#options.services(pod),
        resolvConf: this.#resolvConf,
        mounts: () => this.#volumes!.mounts(container),
        output,
        changed: () => this.#status.mark(),
      })
    );
  }

  #compute(): PodStatus {
    const { pod, hostIp } = this.#options;
    const status = podStatus({
      pod,
      containers: this.#containers.length > 0
        ? this.#containers.map((container) => container.status)
        : pod.spec.containers.map(creating),
      podIp: this.#network?.ip,
      hostIp,
      startTime: this.#startTime,
      final: this.#final,
      before: this.#conditions,
      now: time(),
    });
    this.#conditions = status.conditions;
    return status;
  }

  async #delete(): Promise<void> {
    const { api, pod, clock } = this.#options;
    const { namespace, name, uid } = pod.metadata;
    const body = { gracePeriodSeconds: 0, preconditions: { uid } };
    while (!this.#vanished.signal.aborted) {
      try {
        await api.send("DELETE", `/api/v1/namespaces/${namespace}/pods/${name}`, body);
        return;
      } catch (error) {
        if (error instanceof ApiFailure && error.status === 404) return;
        await wait(clock, RETRY, this.#vanished.signal);
      }
    }
  }
}

/** What a pod of `dnsPolicy: ClusterFirst` has. */
function resolvConf({ pod: { metadata: { namespace } }, dns }: PodWorkerOptions): string {
  const domains = [`${namespace}.svc.${CLUSTER_DOMAIN}`, `svc.${CLUSTER_DOMAIN}`, CLUSTER_DOMAIN];
  return `search ${domains.join(" ")}\nnameserver ${dns}\noptions ndots:5\n`;
}

/** The status of a container before there is anything to say. */
function creating({ name, image }: { name: string; image: string }): PodContainer["status"] {
  return {
    name,
    image,
    imageID: "",
    state: { waiting: { reason: "ContainerCreating" } },
    lastState: {},
    ready: false,
    started: false,
    restartCount: 0,
  };
}

/** Resolves when one of the signals is aborted. */
function aborted(...signals: AbortSignal[]): Promise<void> {
  const signal = AbortSignal.any(signals);
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** The time as the API writes it. */
function time(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, "Z");
}
