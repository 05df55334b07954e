import { googleaiWire } from "./gemini_wire.ts";
import { testProvider } from "./provider_matrix.ts";

testProvider(googleaiWire);
