import { KEY } from "../../runner/gemini_server.ts";
import type { Page } from "../pages.ts";
import { ctrlC, haveOperator, inTurn, run, SERVES } from "./actions.ts";

/** docs/quickstart.md: a flow of one's own, from the first file to a cluster. */
export const quickstart: Page = {
  commands: {
    "genkitd serve quickstart/flows --offline": { until: SERVES },
    "cat > quickstart/flows/prompt.yaml": [
      {},
      { after: async (reader) => void await reader.server().saw(/^Reloaded: changed triage/m) },
    ],
    [`curl -d '{"message":"Where is order 7?"}' localhost:8080/triage`]: [
      {
        prints: "Say in one sentence, in English, what this customer wants: Where is order 7?",
      },
      { prints: '{"topic":"delivery","urgent":true,"summary":"summary"}' },
      { says: /UNAUTHENTICATED/ },
    ],
    [`curl -d '{"mesage"`]: { says: /INVALID_ARGUMENT/ },
    "curl -N": { says: /^data: /m },
    "GEMINI_API_KEY=… genkitd serve quickstart/flows": {
      before: ctrlC,
      put: { "…": KEY },
      until: SERVES,
      // The Gemini of the tests knows no schema: "Without a key go on with --offline".
      after: async (reader) => {
        await reader.ctrlC();
        await reader.start("genkitd serve quickstart/flows --offline", SERVES);
      },
    },
    "node quickstart/orders.mjs": {
      until: /^/,
      after: run(
        "curl --retry 20 --retry-delay 1 --retry-connrefused localhost:3001/orders/7",
        /Friday/,
      ),
    },
    "genkitd explain": { says: /Tool order/ },
    "curl -H 'content-type": { says: /^\{"result":/ },
    "cat > quickstart/client.ts": {},
    "npx -y": { says: /^delivery true\n(chunk: .*\n)+result: /m },
    "python3 quickstart/client.py": { says: /^delivery$/m },
    "GEMINI_API_KEY=… genkitd serve quickstart/flows --record": {
      before: ctrlC,
      put: { "…": KEY },
      until: SERVES,
      after: ctrlC,
    },
    "genkitd serve quickstart/flows quickstart/secrets --offline": { until: SERVES },
    'curl -H "x-api-key': { says: /"topic"/ },
    "genkitd lint quickstart/flows --strict": {
      prints: "Nothing is wrong: 5 valid objects in 4 files",
    },
    "kubectl create secret generic gemini": { before: inTurn(ctrlC, haveOperator) },
    "kubectl port-forward": {
      until: /Forwarding from/,
      after: run(
        `curl -H "x-api-key: $key" -d '{"mesage":""}' localhost:9000/triage`,
        /INVALID_ARGUMENT/,
      ),
    },
    "genkitd serve 'git+https": { before: ctrlC, until: SERVES },
  },
};
