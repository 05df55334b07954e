import type { GenerateRequest } from "genkit";
import { simulateConstrainedGeneration } from "genkit/model/middleware";
