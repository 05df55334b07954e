import { testProvider } from "./provider_matrix.ts";
import { vertexWire } from "./vertex_wire.ts";

testProvider(vertexWire());
