/** How much of a pod's output is kept, in characters. */
const KEPT = 256 * 1024;

/** How much of a pod's output is shown beside that of others, in characters. */
const SHOWN = 8 * 1024;

/** What the containers of pods have printed, of pods that are gone too. */
export class PodLogs {
  readonly #logs = new Map<string, string>();
  readonly #looks = new Set<() => void>();

  /** Takes what a container printed. */
  append(pod: string, text: string): void {
    this.#logs.set(pod, (this.text(pod) + text).slice(-KEPT));
    for (const look of this.#looks) look();
  }

  /** What a pod (`namespace/name`) has printed so far. */
  text(pod: string): string {
    return this.#logs.get(pod) ?? "";
  }

  /** The end of what each pod of a namespace has printed. */
  textOf(namespace: string, shown = SHOWN): string {
    return [...this.#logs].filter(([pod]) => pod.startsWith(`${namespace}/`))
      .map(([pod, text]) => `--- ${pod}\n${text.slice(-shown)}`).join("\n");
  }

  /** Resolves when a pod has printed what matches; never where it does not. */
  saw(pod: string, pattern: RegExp): Promise<RegExpExecArray> {
    return this.#saw(pattern, () => this.text(pod));
  }

  /** Resolves when any pod of a namespace has printed what matches; never where none does. */
  sawOf(namespace: string, pattern: RegExp): Promise<RegExpExecArray> {
    return this.#saw(pattern, () => this.textOf(namespace, KEPT));
  }

  #saw(pattern: RegExp, text: () => string): Promise<RegExpExecArray> {
    return new Promise((resolve) => {
      const look = () => {
        const match = pattern.exec(text());
        if (match === null) return;
        this.#looks.delete(look);
        resolve(match);
      };
      this.#looks.add(look);
      look();
    });
  }
}
