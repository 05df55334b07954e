import type { Clock } from "../../../shared/clock.ts";
import {
  type BindMount,
  type ContainerOptions,
  type ContainerProcess,
  startContainer,
} from "./container_process.ts";
import { environment, expand } from "./environment.ts";
import { execInContainer } from "./exec_in_container.ts";
import type { Images } from "./image.ts";
import { MissingReference, type NamedObjects } from "./named_objects.ts";
import type { Container, ContainerStatus, Pod, Probe } from "./pod.ts";
import { probeContainer } from "./probe_container.ts";
import { RestartBackoff, type RestartBackoffOptions } from "./restart_backoff.ts";
import { terminate } from "./terminate.ts";
import { wait } from "./wait.ts";

/** Options of {@linkcode PodContainer}. */
export interface PodContainerOptions {
  pod: Pod;
  container: Container;
  podIp: string;
  /** For `nsenter --net=…`. */
  network: string;
  /** A folder for this container alone. */
  folder: string;
  images: Images;
  objects: NamedObjects;
  clock: Clock;
  backoff: RestartBackoffOptions;
  /** The variables of the Services that are there now. */
  services(): Record<string, string>;
  /** The file with the pod's name server. */
  resolvConf: string;
  /** What it sees of volumes, as they are now. */
  mounts(): Promise<BindMount[]>;
  /** Takes what it prints. */
  output(text: string): void;
  /** Called when its status has changed. */
  changed(): void;
}

/** Milliseconds until what a container waits for is looked for again. */
const RETRY = 200;

/** The user of images that name none; real images of ours are made for it. */
const USER = 65532;

/** How much of a log may be a termination message, in characters. */
const MESSAGE = 2_048;

/** One container of a pod, from its first start to its last end. */
export class PodContainer {
  readonly status: ContainerStatus;
  /** Resolves when it does not run and will not run again. */
  readonly ended: Promise<void>;
  readonly #options: PodContainerOptions;
  readonly #stopping = new AbortController();
  readonly #backoff: RestartBackoff;
  #process: ContainerProcess | undefined;
  #runs = 0;
  #log = "";

  constructor(options: PodContainerOptions) {
    const { name, image } = options.container;
    this.#options = options;
    this.#backoff = new RestartBackoff(options.backoff);
    this.status = {
      name,
      image,
      imageID: "",
      state: { waiting: { reason: "ContainerCreating" } },
      lastState: {},
      ready: false,
      started: false,
      restartCount: 0,
    };
    this.ended = this.#run();
  }

  /** The process id of its program while it runs. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Ends it for good, within some milliseconds. */
  async stop(grace: number): Promise<void> {
    this.#stopping.abort();
    await this.#terminate(grace);
    await this.ended;
  }

  async #terminate(grace: number): Promise<void> {
    const { container, clock } = this.#options;
    const process = this.#process;
    if (process) {
      await terminate({ process, container, grace, clock, exec: (args) => this.#exec(args) });
    }
  }

  async #run(): Promise<void> {
    const { clock, container, pod } = this.#options;
    const { restartPolicy = "Always" } = pod.spec;
    for (;;) {
      const prepared = await this.#prepare();
      if (prepared === undefined) return;
      const began = clock.now();
      const exitCode = await this.#runOnce(prepared);
      const again = restartPolicy === "Always" || restartPolicy === "OnFailure" && exitCode !== 0;
      if (!again || this.#stopping.signal.aborted) return;
      const delay = this.#backoff.after(clock.now() - began);
      this.status.lastState = this.status.state;
      if (delay > 0) {
        this.#waiting(
          "CrashLoopBackOff",
          `back-off ${delay / 1_000}s restarting failed container=${container.name} ` +
            `pod=${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`,
        );
        await wait(clock, delay, this.#stopping.signal);
      }
    }
  }

  /** Waits until the image and all that the container names are there; undefined: it was stopped. */
  async #prepare(): Promise<ContainerOptions | undefined> {
    const { clock, container, images } = this.#options;
    for (let pulls = 0; !this.#stopping.signal.aborted;) {
      const image = images[container.image];
      if (image === undefined) {
        const refused = `failed to pull and unpack image "${container.image}": not found`;
        if (pulls++ === 0) this.#waiting("ErrImagePull", refused);
        else this.#waiting("ImagePullBackOff", `Back-off pulling image "${container.image}"`);
      } else {
        try {
          return await this.#containerOptions();
        } catch (error) {
          if (!(error instanceof MissingReference)) {
            this.#waiting("CreateContainerError", String(error));
          } else this.#waiting("CreateContainerConfigError", error.message);
        }
      }
      await wait(clock, RETRY, this.#stopping.signal);
    }
  }

  async #containerOptions(): Promise<ContainerOptions> {
    const { pod, container, podIp, network, folder, images, objects, output } = this.#options;
    const image = images[container.image]!;
    const root = `${folder}/root-${this.#runs}`;
    const message = this.#messageFile();
    const env = environment({
      ...{ pod, container, podIp, objects, image: image.env ?? {} },
      services: this.#options.services(),
    });
    const bound = (files: Record<string, string> = {}, readOnly: boolean) =>
      Object.entries(files).map(([target, source]) => ({ source, target, readOnly }));
    const mounts = [
      ...bound(image.files, true),
      ...bound(image.writable, false),
      { source: message, target: "/dev/termination-log", readOnly: false },
      { source: this.#options.resolvConf, target: "/etc/resolv.conf", readOnly: false },
      ...await this.#options.mounts(),
    ];
    await Deno.mkdir(root, { recursive: true });
    await Deno.writeTextFile(message, "");
    await Deno.chmod(message, 0o666);
    const own = container.args ?? (container.command ? [] : image.args ?? []);
    return {
      root,
      network,
      mounts,
      command: [
        ...container.command?.map((text) => expand(text, env)) ?? image.entrypoint,
        ...container.args?.map((text) => expand(text, env)) ?? own,
      ],
      env,
      ...this.#identity(),
      fsGroup: pod.spec.securityContext?.fsGroup,
      workingDir: container.workingDir ?? image.workingDir ?? "/",
      readOnlyRoot: container.securityContext?.readOnlyRootFilesystem ?? false,
      output: (text) => {
        this.#log = (this.#log + text).slice(-MESSAGE);
        output(text);
      },
    };
  }

  async #runOnce(prepared: ContainerOptions): Promise<number> {
    const { status } = this;
    const { pod, container, podIp, clock, changed } = this.#options;
    const { metadata: { uid }, spec } = pod;
    this.#log = "";
    const process = startContainer(prepared);
    const startedAt = time();
    this.#process = process;
    status.restartCount = this.#runs;
    status.state = { running: { startedAt } };
    status.imageID = container.image;
    status.containerID = `process://${uid}/${container.name}/${this.#runs}`;
    changed();

    const over = new AbortController();
    const exec = (args: string[]) => this.#exec(args);
    const unhealthy = (probe: Probe) => {
      const seconds = probe.terminationGracePeriodSeconds ?? spec.terminationGracePeriodSeconds;
      if (!this.#stopping.signal.aborted) this.#terminate((seconds ?? 30) * 1_000);
    };
    probeContainer(
      { container, podIp, status, clock, signal: over.signal, exec, changed, unhealthy },
    );
    const { exitCode } = await process.ended;
    over.abort();
    this.#process = undefined;
    const message = await this.#message(exitCode);
    const reason = exitCode === 0 ? "Completed" : "Error";
    status.state = {
      terminated: { exitCode, reason, startedAt, finishedAt: time(), ...message && { message } },
    };
    Object.assign(status, { ready: false, started: false });
    this.#runs += 1;
    changed();
    return exitCode;
  }

  async #message(exitCode: number): Promise<string> {
    const text = await Deno.readTextFile(this.#messageFile());
    if (text !== "") return text;
    const { terminationMessagePolicy } = this.#options.container;
    return exitCode !== 0 && terminationMessagePolicy === "FallbackToLogsOnError" ? this.#log : "";
  }

  #messageFile(): string {
    return `${this.#options.folder}/termination-log-${this.#runs}`;
  }

  #exec(command: string[]): Promise<boolean> {
    const pid = this.#process?.pid;
    if (pid === undefined) return Promise.resolve(false);
    return execInContainer({ pid, ...this.#identity() }, command);
  }

  #identity(): { user: number; group: number } {
    const { pod, container } = this.#options;
    const context = { ...pod.spec.securityContext, ...container.securityContext };
    const { runAsUser: user = USER, runAsGroup: group = user } = context;
    return { user, group };
  }

  #waiting(reason: string, message: string): void {
    const { waiting } = this.status.state;
    if (waiting?.reason === reason && waiting.message === message) return;
    this.status.state = { waiting: { reason, message } };
    this.#options.changed();
  }
}

/** The time as the API writes it. */
function time(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, "Z");
}
