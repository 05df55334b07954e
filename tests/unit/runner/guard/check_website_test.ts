import assert from "assert";
import { checkWebsite } from "../../../../runner/guard/check_website.ts";
import { CorsPolicy } from "../../../../runner/guard/cors_policy.ts";

const cors = new CorsPolicy({ origins: ["https://app.example.com"] });
const LOCAL = "localhost:8080";

const table: [
  why: string,
  visitor: { host?: string; origin?: string; site?: string },
  listening: string,
  admitted: boolean,
][] = [
  ["curl", { host: LOCAL }, "127.0.0.1", true],
  ["curl under a name", { host: "flows.example.com" }, "0.0.0.0", true],
  ["curl under a name, through a proxy", { host: "flows.example.com" }, "127.0.0.1", true],
  ["the page", { host: LOCAL, origin: "http://localhost:8080", site: "same-origin" }, "::1", true],
  ["an old browser's page", { host: LOCAL, origin: "http://localhost:8080" }, "127.0.0.1", true],
  ["a bookmark", { host: LOCAL, site: "none" }, "127.0.0.1", true],
  ["a website", { host: LOCAL, origin: "https://evil.example", site: "cross-site" }, "::1", false],
  ["its hidden form", { host: LOCAL, origin: "null", site: "cross-site" }, "127.0.0.1", false],
  ["its image", { host: LOCAL, site: "cross-site" }, "127.0.0.1", false],
  ["another port's", { host: LOCAL, origin: "http://localhost:3000" }, "127.0.0.1", false],
  ["a sibling", { host: "a.example.com", site: "same-site" }, "0.0.0.0", false],
  ["one in cors", { host: LOCAL, origin: "https://app.example.com", site: "cross-site" }, "", true],
  ["a name led here", { host: "evil.example", origin: "http://evil.example" }, "127.0.0.1", false],
  ["a name led to ::1", { host: "evil.example", site: "same-origin" }, "::1", false],
  ["its own name", { host: "flows.lan", origin: "http://flows.lan" }, "0.0.0.0", true],
  ["a proxy's website", { host: LOCAL, origin: "https://x", site: "same-origin" }, "::1", true],
  ["nonsense", { host: "a b", origin: "" }, "0.0.0.0", false],
];

for (const [why, visitor, listening, admitted] of table) {
  Deno.test(`checkWebsite: ${why} at ${listening || "any"} is ${admitted ? "" : "not "}admitted`, () => {
    const { host, origin, site } = visitor;
    const headers = new Headers({
      ...host !== undefined && { host },
      ...origin !== undefined && { origin },
      ...site && { "sec-fetch-site": site },
    });
    const check = () => checkWebsite({ headers, url: "http://a/b" }, { cors, listening });
    if (admitted) check();
    else assert.throws(check, { status: "PERMISSION_DENIED", http: 403, message: /cors\.origins/ });
  });
}
