import type { Flow } from "../../shared/api/flow.ts";
import type { FlowSet } from "../../shared/api/flow_set.ts";
import type { CustomObject } from "../../shared/api/kinds.ts";
import type { Controller } from "../engine/controller.ts";
import { serverController, type ServerControllerOptions } from "./server_controller.ts";

/** The controllers of all kinds. */
export function controllers(options: ServerControllerOptions): Controller[] {
  return [
    anyKind(serverController<Flow>("Flow", options)),
    anyKind(serverController<FlowSet>("FlowSet", options)),
  ];
}

/** A controller is given objects of its own kind only, so that it fits among those of all kinds. */
function anyKind<T extends CustomObject>(controller: Controller<T>): Controller {
  return controller as unknown as Controller;
}
