import type { Flow } from "../../shared/api/flow.ts";
import type { FlowSet } from "../../shared/api/flow_set.ts";
import type { CustomObject } from "../../shared/api/kinds.ts";
import type { Controller } from "../engine/controller.ts";
import { datasetController } from "./dataset_controller.ts";
import { evalController } from "./eval_controller.ts";
import { modelController } from "./model_controller.ts";
import { pluginConfigController } from "./plugin_config_controller.ts";
import { promptController } from "./prompt_controller.ts";
import { toolController } from "./tool_controller.ts";
import { serverController, type ServerControllerOptions } from "./server_controller.ts";

/** The controllers of all kinds. */
export function controllers(options: ServerControllerOptions): Controller[] {
  return [
    anyKind(pluginConfigController),
    anyKind(modelController),
    anyKind(promptController),
    anyKind(toolController),
    anyKind(datasetController),
    anyKind(evalController),
    anyKind(serverController<Flow>("Flow", options)),
    anyKind(serverController<FlowSet>("FlowSet", options)),
  ];
}

/** A controller is given objects of its own kind only, so that it fits among those of all kinds. */
function anyKind<T extends CustomObject>(controller: Controller<T>): Controller {
  return controller as unknown as Controller;
}
