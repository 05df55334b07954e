import type { Clock } from "../../shared/clock.ts";
import type { Client } from "./client.ts";
import type { KubernetesObject } from "./object.ts";
import { resources } from "./resources.ts";

/** Something that people should be told of an object. */
export interface EventNote {
  type: "Normal" | "Warning";
  /** One word for programs, at most 128 characters. */
  reason: string;
  /** What was done or tried, one word. */
  action: string;
  /** For people; cut after 1 KiB. */
  note: string;
}

/** What {@linkcode EventRecorder} works with. */
export interface EventRecorderOptions {
  client: Pick<Client, "create" | "mergePatch">;
  /** For example `genkit.dev/genkitd`. */
  controller: string;
  /** Names this process; at most 128 characters. */
  instance: string;
  clock: Clock;
  /** Milliseconds since 1970. */
  wall(): number;
  /** Told of Events that could not be written: they are lost, and nothing else is. */
  onDropped(error: unknown): void;
}

/** How many Events may wait, and how many are remembered to be counted up. */
const MAX_QUEUE = 500;
const MAX_KNOWN = 1000;
/** For how long the same Event is counted up instead of made anew, in milliseconds. */
const SERIES_MS = 10 * 60_000;
const MAX_NOTE = 1024;

interface Known {
  name: string;
  namespace: string;
  count: number;
  /** The count at which the series is written next: each time twice as many. */
  next: number;
  first: number;
}

/**
 * Writes Events (events.k8s.io/v1), one after the other, behind the back of whoever records them: no
 * Event holds up or fails what it tells of. The same Event within ten minutes is counted up, and the
 * count is written ever more rarely.
 */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #known = new Map<string, Known>();
  readonly #queue: (() => Promise<unknown>)[] = [];
  #writing: Promise<void> | undefined;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
  }

  /** Records an Event of an object. */
  record(object: KubernetesObject, event: EventNote): void {
    const { clock } = this.#options;
    const { uid = "", namespace = "default" } = object.metadata;
    const key = [uid, event.type, event.reason, event.note].join("\n");
    const known = this.#known.get(key);
    if (known !== undefined && clock.now() - known.first < SERIES_MS) {
      known.count++;
      if (known.count < known.next) return;
      known.next *= 2;
      const { name, count } = known;
      this.#add(() => this.#countUp(namespace, name, count));
      return;
    }
    const suffix = crypto.randomUUID().replaceAll("-", "").slice(0, 16);
    // A part of a name may not end with either.
    const stem = object.metadata.name.slice(0, 230).replace(/[-.]+$/, "");
    const name = `${stem}.${suffix}`;
    this.#remember(key, { name, namespace, count: 1, next: 2, first: clock.now() });
    // What was never written cannot be counted up.
    const lost = () => void this.#known.delete(key);
    this.#add(() => this.#create(object, event, { name, namespace }), lost);
  }

  /**
   * Fulfilled once all that was recorded is written, or after `patience` milliseconds: what waits
   * then is dropped, since nobody's end is to wait for long for an API server that is slow.
   */
  async flushed(patience = 1_000): Promise<void> {
    const late = Promise.withResolvers<void>();
    const cancel = this.#options.clock.after(patience, () => {
      for (const _ of this.#queue.splice(0)) {
        this.#options.onDropped(new Error("the Events were to end"));
      }
      late.resolve();
    });
    await Promise.race([this.#writing, late.promise]);
    cancel();
  }

  #create(
    object: KubernetesObject,
    { type, reason, action, note }: EventNote,
    metadata: { name: string; namespace: string },
  ): Promise<unknown> {
    const { client, controller, instance, wall } = this.#options;
    const { apiVersion, kind, metadata: { name, namespace, uid, resourceVersion } } = object;
    return client.create(resources.Event, {
      apiVersion: "events.k8s.io/v1",
      kind: "Event",
      metadata,
      eventTime: microTime(wall()),
      reportingController: controller,
      reportingInstance: instance.slice(0, 128),
      regarding: { apiVersion, kind, name, namespace, uid, resourceVersion },
      type,
      reason,
      action,
      note: cut(note),
    });
  }

  #countUp(namespace: string, name: string, count: number): Promise<unknown> {
    const { client, wall } = this.#options;
    const series = { count, lastObservedTime: microTime(wall()) };
    return client.mergePatch(resources.Event, { namespace, name }, { series });
  }

  #remember(key: string, known: Known): void {
    this.#known.delete(key);
    this.#known.set(key, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_KNOWN) this.#known.delete(oldest!);
  }

  #add(write: () => Promise<unknown>, lost: () => void = () => {}): void {
    const dropped = (error: unknown) => {
      lost();
      this.#options.onDropped(error);
    };
    if (this.#queue.length >= MAX_QUEUE) {
      return dropped(new Error(`${MAX_QUEUE} Events wait already`));
    }
    this.#queue.push(() => write().catch(dropped));
    this.#writing ??= this.#write();
  }

  async #write(): Promise<void> {
    for (let write = this.#queue.shift(); write !== undefined; write = this.#queue.shift()) {
      await write();
    }
    this.#writing = undefined;
  }
}

/** Kubernetes' MicroTime. */
function microTime(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "000Z");
}

/** Cuts a text after 1 KiB of UTF-8, between two characters. */
function cut(note: string): string {
  const bytes = new TextEncoder().encode(note);
  if (bytes.length <= MAX_NOTE) return note;
  const kept = new TextDecoder().decode(bytes.slice(0, MAX_NOTE - 3), { stream: true });
  return `${kept}…`;
}
