import { CREDENTIALS_DIR, flowDir } from "../../shared/contract/paths.ts";
import { expect, type Rule } from "../rule.ts";
import { keyOf } from "../scenarios/multi_tree.ts";
import { ENVIRONMENT_KEY } from "../scenarios/single.ts";
import { waitUntil } from "../wait_until.ts";

/** Milliseconds after which a changed file should be used, at the latest. */
const ROTATION = 10_000;

/** Credentials; all of them are the mock model's, and none is anybody's. */
export const credentialRules: readonly Rule[] = [
  {
    id: "C-CRED-01",
    level: "MUST",
    says: "Without manifest.json, credentials are environment variables.",
    scenario: "single",
    needsModel: true,
    async check(subject) {
      const { key } = await subject.asked("greeting");
      expect(
        key === ENVIRONMENT_KEY,
        `the model got the credential "${key}", it should be "${ENVIRONMENT_KEY}"`,
      );
    },
  },
  {
    id: "C-CRED-02",
    level: "MUST",
    says: "With manifest.json, they are the files in credentialsDir, one a key.",
    scenario: "multi",
    needsModel: true,
    async check(subject) {
      const { key } = await subject.asked("greeter");
      const right = keyOf("greeter");
      expect(key === right, `the model got the credential "${key}", it should be "${right}"`);
    },
  },
  {
    id: "C-CRED-03",
    level: "MUST",
    says: "Flows of one provider use their own credentials, at the same time too.",
    scenario: "multi",
    needsModel: true,
    async check(subject) {
      const calls = Array.from({ length: 16 }, (_, index) => index % 2 ? "greeter" : "second");
      const keys = await Promise.all(calls.map(async (flow) => {
        const { key } = await subject.asked(flow);
        return { flow, key };
      }));
      const mixed = keys.find(({ flow, key }) => key !== keyOf(flow) && key.startsWith(keyOf("")));
      expect(mixed === undefined, `the flow "${mixed?.flow}" used the credential "${mixed?.key}"`);
    },
  },
  {
    id: "C-CRED-04",
    level: "MUST",
    says: "White space at the end of a credential's file is no part of it.",
    scenario: "multi",
    needsModel: true,
    async check(subject) {
      const { key } = await subject.asked("newline");
      expect(key === key.trimEnd(), `the model got the credential ${JSON.stringify(key)}`);
    },
  },
  {
    id: "C-CRED-05",
    level: "SHOULD",
    says: "A credential that changes on the disk is used within ten seconds, without a restart.",
    scenario: "volumes",
    needsModel: true,
    async check(subject) {
      const { tree, surroundings, timeout } = subject.parts;
      await subject.hear("greeter");
      const right = "conformance-key-after-rotation";
      const file = `${flowDir("greeter")}/${CREDENTIALS_DIR}/${surroundings.provider.key}`;
      await tree.replace(file, right);
      let last = "";
      const used = await waitUntil(async () => {
        last = (await subject.asked("greeter")).key;
        return last === right ? true : undefined;
      }, Math.min(ROTATION, timeout));
      expect(
        used !== undefined,
        `the model still gets the credential "${last}", it should be "${right}"`,
      );
    },
  },
  {
    id: "C-CRED-06",
    level: "MUST",
    says: "No credential is printed.",
    scenario: "multi",
    needsModel: true,
    needsProcess: true,
    async check(subject) {
      await subject.call("greeter", subject.text("[fail 401]"));
      const found = /conformance-key-[\w-]+/.exec(subject.parts.process!.output());
      expect(found === null, `its output has the credential "${found?.[0]}"`);
    },
  },
];
