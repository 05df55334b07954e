import assert from "assert";
import { REASONS } from "../../../shared/reason.ts";
import { httpStatus, isStatus, type Status } from "../../../shared/status.ts";
import { anchorsOf, linksOf, titlesOf } from "./markdown.ts";
import { sourceTexts } from "./source_texts.ts";

const ROOT = new URL("../../../", import.meta.url);
const page = await Deno.readTextFile(new URL("docs/troubleshooting.md", ROOT));
const reasons = page.slice(page.indexOf("## Reasons"), page.indexOf("## Requests"));
const requests = page.slice(page.indexOf("## Requests"), page.indexOf("## Pods"));

/** The section below a title, up to the next one. */
function section(part: string, title: string): string {
  return new RegExp(`^### ${title}\n(.*?)(?=^### |(?![^]))`, "ms").exec(part)?.[1] ?? "";
}

Deno.test("docs/troubleshooting.md has a section for each reason, and no other", () => {
  assert.deepEqual(titlesOf(reasons, 3).toSorted(), Object.keys(REASONS).toSorted());
});

Deno.test("each reason of something that is wrong tells of traffic, and what mends it", () => {
  const well = ["Accepted", "Available", "Synced"];
  for (const reason of Object.keys(REASONS)) {
    const text = section(reasons, reason);
    if (well.includes(reason)) assert.match(text, /There is nothing to do/, reason);
    else {
      assert.match(text, /\*\*Traffic\*\*: /, reason);
      assert.match(text, /\*\*(Mend|Look)\*\*: /, reason);
    }
  }
});

Deno.test("it has a section for each HTTP status of an error, with its Genkit statuses", async () => {
  const statuses = new Map<number, Set<string>>();
  const add = (http: number, status: string) =>
    statuses.set(http, (statuses.get(http) ?? new Set()).add(status));
  const table = await Deno.readTextFile(new URL("shared/status.ts", ROOT));
  for (const [, name] of table.matchAll(/^ {2}([A-Z_]+): \d+,$/gm)) {
    assert(isStatus(name));
    add(httpStatus(name), name);
  }
  for (const text of (await sourceTexts("runner", "shared")).values()) {
    // A status of its own beside Genkit's: `new FlowError("…", message, { http: 413 })`.
    const own = /(?:FlowError|super)\(\s*"([A-Z_]+)",[^;]*?\bhttp: (\d{3})\b/g;
    for (const [, name, http] of text.matchAll(own)) add(Number(http), name as Status);
  }
  assert(statuses.size > 15, "they are found");
  assert.deepEqual(titlesOf(requests, 3), [...statuses.keys()].toSorted().map(String));
  for (const [http, names] of statuses) {
    for (const name of names) {
      const text = section(requests, String(http));
      assert(text.includes(`\`${name}\``), `${http} lacks ${name}`);
    }
  }
});

Deno.test("messages that it quotes are those of the code", async () => {
  const code = [...(await sourceTexts("runner", "shared", "operator")).values()]
    // A text that goes on in the next line.
    .map((text) => text.replaceAll(/["`']\s*\+\s*["`']/g, "")).join("\n")
    .replaceAll('\\"', '"');
  const text = page.replaceAll(/^```.*?^```$/gms, "");
  const quoted = [...text.matchAll(/`([^`]+)`/gs)].map(([, text]) => text!.replaceAll(/\s+/g, " "))
    .filter((text) => text.split(" ").length > 4 && !/^[a-z]+ctl |^genkitd /.test(text));
  assert(quoted.length > 50, "they are found");
  // Kubernetes' own words.
  const foreign = /^(0\/3 nodes|exceeded quota|CrashLoop|Cannot apply Deployment)/;
  for (const text of quoted.filter((text) => !foreign.test(text))) {
    // The code fills in names and numbers, and puts messages together: most of it is as it says.
    const words = text.split(/"[^"]*"|\d+|[…()]|: |; /).map((part) => part.trim().split(" "));
    const runs = words.flatMap((part) => part.slice(2).map((_, at) => part.slice(at, at + 3)));
    const found = runs.filter((run) => code.includes(run.join(" ")));
    assert(found.length >= runs.length * 0.6, `\`${text}\` is no message of the code`);
  }
});

Deno.test("links of docs/troubleshooting.md lead somewhere", async () => {
  for (const link of linksOf(page)) {
    const [file, anchor] = link.split("#");
    const url = new URL(file || "troubleshooting.md", new URL("docs/", ROOT));
    const text = await Deno.readTextFile(url);
    if (anchor) assert(anchorsOf(text).has(anchor), `${link}: there is no such place`);
  }
});
