import { describeEnd } from "../runner_process.ts";
import { expect, NotApplicable, type Rule } from "../rule.ts";
import { request } from "../request.ts";

/** The start, and the probes. */
export const servingRules: readonly Rule[] = [
  {
    id: "C-START-01",
    level: "MUST",
    says: "It listens on the port in the environment variable PORT.",
    scenario: "single",
    needsProcess: true,
    async check({ parts }) {
      const end = parts.process!.end();
      expect(end === undefined, `it ${end && describeEnd(end)} after it began to serve`);
      await request(`${parts.url}/`, { timeout: parts.timeout });
    },
  },
  {
    id: "C-START-02",
    level: "MUST",
    says: "It listens on every address of its pod, since probes and callers come from outside.",
    scenario: "single",
    needsProcess: true,
    async check({ parts }) {
      // Of Linux' loopback network every address is this machine's.
      if (Deno.build.os !== "linux") throw new NotApplicable("can be seen on Linux only");
      const { port } = new URL(parts.url);
      await request(`http://127.0.0.2:${port}/`, { timeout: parts.timeout });
    },
  },
  {
    id: "C-PROBE-01",
    level: "MUST",
    says: "GET /healthz is 200 while the process lives.",
    scenario: "single",
    async check(subject) {
      const { status } = await subject.request("/healthz");
      expect(status === 200, `GET /healthz gave ${status}, it should be 200`);
    },
  },
  {
    id: "C-PROBE-02",
    level: "MUST",
    says: "GET /readyz is 200 while flows are served.",
    scenario: "single",
    async check(subject) {
      const { status } = await subject.request("/readyz");
      expect(status === 200, `GET /readyz gave ${status}, it should be 200`);
    },
  },
  {
    id: "C-PROBE-03",
    level: "SHOULD",
    says: "GET /readyz is not 200 where no flow can be served.",
    scenario: "none",
    async check(subject) {
      const { process, known } = subject.parts;
      // To end is a good way not to be ready, of one that can serve.
      if (process?.end() !== undefined) {
        if (known.served) return;
        throw new NotApplicable("the runner ends, and has not served another tree before");
      }
      const { status } = await subject.request("/readyz");
      expect(status !== 200, "GET /readyz gave 200, and no flow is served");
    },
  },
  {
    id: "C-PROBE-04",
    level: "SHOULD",
    says: "No flow's name is taken: POST /healthz calls a flow of that name.",
    scenario: "multi",
    async check(subject) {
      await subject.hear("healthz");
    },
  },
];
