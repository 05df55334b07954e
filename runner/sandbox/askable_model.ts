import type { GenerateMiddleware } from "genkit";
import type { ChosenModel } from "./choose_model.ts";
import type { Circuit } from "./circuit.ts";
import type { RetryPolicy } from "./retry_policy.ts";

/** Genkit's hook around a turn of a model. */
export type ModelHook = NonNullable<ReturnType<GenerateMiddleware["instantiate"]>["model"]>;

/** What a model is asked in a turn. */
export type TurnRequest = Parameters<ModelHook>[0];

/** What goes with it: the signal, and where chunks go. */
export type TurnContext = Parameters<ModelHook>[1];

/** Asks a model. */
export type AskTurn = (request: TurnRequest, context: TurnContext) => ReturnType<ModelHook>;

/** A model that a prompt may ask. */
export interface AskableModel extends Pick<ChosenModel, "name" | "provider" | "config" | "info"> {
  retry: RetryPolicy;
  /** That of the flow and the model. */
  circuit: Circuit;
  /** Asks it by its own provider; absent for the first one, which Genkit asks. */
  ask?: AskTurn;
  /** Records a turn where the call has a recording, or answers it from there. */
  record?: ModelHook;
}
