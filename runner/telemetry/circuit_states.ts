import type { ModelStep } from "../host/step.ts";
import type { AttributeValues } from "./metrics.ts";

/** The most models that are kept in mind of each flow: what a sandbox says names them. */
const MAX_MODELS = 64;

/** What is known of the circuits of flows' models: those that have ever opened. */
export class CircuitStates {
  readonly #flows = new Map<string, Map<string, { values: AttributeValues; open: boolean }>>();

  /**
   * Takes note of what a turn said of its model's circuit.
   *
   * @param model The values that name it among the attributes.
   */
  note(flow: string, model: AttributeValues, circuit: ModelStep["circuit"] = "closed"): void {
    const open = circuit !== "closed";
    const key = model.join("\0");
    const known = this.#flows.get(flow)?.get(key);
    if (known !== undefined) known.open = open;
    if (known !== undefined || !open) return;
    const models = this.#flows.get(flow) ?? new Map();
    if (models.size < MAX_MODELS) models.set(key, { values: [...model, flow], open });
    this.#flows.set(flow, models);
  }

  /** Forgets all flows but these. */
  keepFlows(flows: readonly string[]): void {
    for (const flow of this.#flows.keys()) if (!flows.includes(flow)) this.#flows.delete(flow);
  }

  /** Gives 1 for each open circuit and 0 for each that was. */
  *states(): Iterable<readonly [AttributeValues, number]> {
    for (const models of this.#flows.values()) {
      for (const { values, open } of models.values()) yield [values, open ? 1 : 0];
    }
  }
}
