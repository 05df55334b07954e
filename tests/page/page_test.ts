/** The page of `genkitd serve`, in Chromium. */
import assert from "assert";
import type { Page } from "playwright-core";
import { genkitd } from "../e2e/genkitd.ts";
import { replaceFile } from "../e2e/replace_file.ts";
import { KEY as GEMINI_KEY } from "../runner/gemini_server.ts";
import { toolServer } from "../runner/tool_call.ts";
import { startChromium } from "./chromium.ts";
import { focusedName, openPage, tabTo } from "./open_page.ts";
import { callers, echo, flow, gemini, HOSTILE, MANY_FIELDS, tool } from "./page_objects.ts";
import { pausingModel } from "./pausing_model.ts";

const KEY = "the-key-of-ann-0123456789";
const AXE = await Deno.readTextFile(new URL(import.meta.resolve("axe-core")));
/** Where screenshots go, for people; nowhere where it is absent. */
const PICTURES = Deno.env.get("GENKITD_SCREENSHOTS");

/** Rules that axe finds broken, with where. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return await page.evaluate(`axe.run().then(({ violations }) =>
    violations.map(({ id, nodes }) => id + ": " + nodes.map(({ target }) => target).join(", ")))`);
}

async function picture(page: Page, name: string) {
  if (PICTURES) await page.screenshot({ path: `${PICTURES}/${name}.png`, fullPage: true });
}

/** Goes to another flow's form. */
async function choose(page: Page, name: string) {
  await page.getByRole("link", { name }).click();
  await chosen(page);
}

/** Waits until another flow's form stands there: a link's address changes first, and then it has the focus. */
async function chosen(page: Page) {
  await page.locator("#main:focus").waitFor();
}

Deno.test("page: what a browser makes of it", async (t) => {
  let refunds = 0;
  await using refundServer = await toolServer(() => Response.json({ refund: ++refunds }));
  await using model = await pausingModel("one two");
  const folder = await Deno.makeTempDir({ prefix: "genkitd-page-" });
  await using _ = { [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
  const write = (name: string, text: string) => replaceFile(`${folder}/${name}`, text);
  await write(
    "a.yaml",
    [
      echo("echo"),
      gemini("slow", model.url, GEMINI_KEY),
      echo("broken", `{ fail: { status: UNAVAILABLE, message: 'no room ${HOSTILE}' } }`),
      echo("asking", "{ callTool: refund }"),
      tool("refund", refundServer.url),
      callers("callers", KEY),
      flow("slow", {
        provider: "googleai",
        plugin: "slow",
        template: "one two three four five six seven {{name}}",
      }),
      flow("fails", { plugin: "broken" }),
      flow("fields", {
        input: MANY_FIELDS,
        template: "Got {{title}} {{count}} {{size}} {{tags.[0]}}",
      }),
      flow("shop", { plugin: "asking", spec: "  toolRefs: [{ name: refund }]\n" }),
      flow("locked", {
        spec: "  auth: { apiKeys: { secretRef: { name: callers }, header: X-Key } }\n",
      }),
    ].join(""),
  );
  await write("b.yaml", flow("greeter"));
  await using server = await genkitd(["serve", folder, "--port", "0"]);
  await server.saw(/curl/);
  const browser = await startChromium();
  await using _browser = { [Symbol.asyncDispose]: () => browser.close() };
  await using open = await openPage(browser, server.url);
  const { page } = open;
  const answer = page.locator(".answer");
  const main = page.getByRole("main");

  await t.step("a flow is chosen, called and its answer streams, by keys alone", async () => {
    await page.keyboard.press("Tab");
    assert.equal(await focusedName(page), "Skip to the flow");
    await tabTo(page, "slow");
    await page.keyboard.press("Enter");
    await chosen(page);
    await main.getByRole("heading", { name: "slow" }).waitFor();
    await tabTo(page, "name");
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.type("Zoë");
    await tabTo(page, "Call");
    await page.keyboard.press("Enter");
    // Part of the answer is there while the rest is to come.
    await page.locator('[aria-busy="true"] .answer', { hasText: "one two" }).waitFor();
    assert.doesNotMatch(await answer.innerText(), /Zoë/);
    model.goOn();
    await page.locator('[aria-busy="false"] .answer', { hasText: "seven Zoë" }).waitFor();
    await main.getByText(/^200 · .* · first words after .* tokens in/).waitFor();
    assert.equal(await focusedName(page), "Call", "the focus stays");
  });

  await t.step("an answer is stopped", async () => {
    model.pause();
    await page.keyboard.press("Enter");
    await page.locator('[aria-busy="true"] .answer', { hasText: "one" }).waitFor();
    await page.keyboard.press("Tab");
    assert.equal(await focusedName(page), "Stop");
    await page.keyboard.press("Enter");
    await main.getByRole("alert").filter({ hasText: "Stopped" }).waitFor();
    await page.getByRole("cell", { name: "499 CANCELLED" }).waitFor();
    assert.equal(await focusedName(page), "Call");
    model.goOn();
  });

  await t.step("a reload is told, and keeps what was written for other flows", async () => {
    await write("b.yaml", flow("greeter", { template: "Hello {{name}}" }) + flow("newcomer"));
    await page.locator("#reloads li", { hasText: "added newcomer; changed greeter" }).waitFor();
    await page.getByRole("link", { name: "newcomer" }).waitFor();
    assert.equal(await page.getByLabel("name").inputValue(), "Zoë");
  });

  await t.step(
    "what is wrong in the files is told with its place, until it is mended",
    async () => {
      await write("b.yaml", flow("greeter", { template: "Hello {{name" }));
      await page.locator("#findings", { hasText: /b\.yaml:\d+:\d+.*template/ }).waitFor();
      await page.getByRole("link", { name: "greeter older version" }).waitFor();
      await write("b.yaml", flow("greeter"));
      await page.locator("#findings").waitFor({ state: "hidden" });
    },
  );

  await t.step("an error is told in the runner's words", async () => {
    await choose(page, "fails");
    await page.getByRole("button", { name: "Call" }).click();
    const alert = main.getByRole("alert").filter({ hasText: "UNAVAILABLE" });
    await alert.waitFor();
    assert.ok((await alert.innerText()).includes(`no room ${HOSTILE}`));
    await page.getByRole("cell", { name: "503 UNAVAILABLE" }).waitFor();
  });

  await t.step("each kind of field gives its value", async () => {
    await choose(page, "fields");
    const posted = page.waitForRequest((request) => request.method() === "POST");
    await page.getByLabel("title").fill("A title");
    assert.equal(await page.getByLabel("count").inputValue(), "3");
    await page.getByLabel("ratio").fill("0.5");
    await page.getByLabel("urgent").check();
    await page.getByLabel("loud").selectOption("false");
    await page.getByLabel("size").selectOption("large");
    await page.getByLabel("day").fill("2026-01-31");
    await page.getByLabel("tags").fill('["x", ');
    await page.getByRole("button", { name: "Call" }).click();
    await main.getByText(/is not JSON/).waitFor();
    assert.equal(await focusedName(page), "tags optional");
    await page.getByLabel("tags").fill('["x", "y"]');
    await page.getByLabel("address").fill('{"street": "Home"}');
    await page.getByLabel(HOSTILE).fill("odd");
    await page.getByRole("button", { name: "Call" }).click();
    await page.locator(".answer", { hasText: "Got A title 3 large x" }).waitFor();
    assert.deepEqual((await posted).postDataJSON(), {
      data: {
        title: "A title",
        count: 3,
        ratio: 0.5,
        urgent: true,
        loud: false,
        size: "large",
        day: "2026-01-31",
        tags: ["x", "y"],
        address: { street: "Home" },
        [HOSTILE]: "odd",
      },
    });
  });

  await t.step(
    "a key is asked for where the flow knows its callers, and kept nowhere",
    async () => {
      await choose(page, "locked");
      await page.getByRole("button", { name: "Call" }).click();
      await main.getByRole("alert").filter({ hasText: "UNAUTHENTICATED" }).waitFor();
      await page.getByLabel("API key (X-Key)").fill(KEY);
      await page.getByRole("button", { name: "Call" }).click();
      await page.locator(".answer", { hasText: "Hi Ann" }).waitFor();
      const kept = await page.evaluate(
        `JSON.stringify([localStorage, sessionStorage, document.cookie, location.href])`,
      );
      assert.ok(!String(kept).includes(KEY));
      const told = await (await fetch(`${server.url}/-/state`)).text();
      assert.ok(!told.includes(KEY));
      await page.reload();
      await page.getByRole("heading", { name: "locked" }).waitFor();
      assert.equal(await page.getByLabel("API key (X-Key)").inputValue(), "");
    },
  );

  await t.step("a tool that waits is rejected, and approved, by keys alone", async () => {
    const ask = async (choice: "Approve" | "Reject") => {
      await page.getByRole("button", { name: "Call" }).focus();
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: "Waiting for your approval" }).waitFor();
      assert.equal(await focusedName(page), "Waiting for your approval");
      await tabTo(page, "Approve");
      if (choice === "Reject") {
        await page.keyboard.press("ArrowDown");
        await tabTo(page, "Reason for the model, optional");
        await page.keyboard.type("too much");
      } else await page.keyboard.press("Space");
      await tabTo(page, "Send");
      await page.keyboard.press("Enter");
    };
    await choose(page, "shop");
    await ask("Reject");
    // No call begins while another one is busy, though all of its words are there.
    await page.locator('[aria-busy="false"] .answer', { hasText: "rejected: too much" }).waitFor();
    assert.equal(refunds, 0);
    await ask("Approve");
    await page.locator(".answer", { hasText: '{"refund":1}' }).waitFor();
    assert.equal(refunds, 1);
  });

  await t.step("what a flow stands on is shown, without a value", async () => {
    await main.getByText("What it stands on").click();
    const tree = await main.locator("details").innerText();
    for (const word of ["PluginConfig asking", "Tool refund", "HTTP http://127.0.0.1", "Prompt"]) {
      assert.ok(tree.includes(word), `${word} in ${tree}`);
    }
  });

  await t.step("a server that is gone is told, and found again", async () => {
    await page.context().setOffline(true);
    await page.evaluate(`document.dispatchEvent(new Event("visibilitychange"))`);
    await page.getByRole("status").filter({ hasText: "Cannot reach the server" }).waitFor();
    await page.context().setOffline(false);
    await page.evaluate(`document.dispatchEvent(new Event("visibilitychange"))`);
    await page.getByRole("status").filter({ hasText: "Live" }).waitFor();
  });

  for (const scheme of ["light", "dark"] as const) {
    for (const [device, width] of [["desk", 1200], ["phone", 360]] as const) {
      await t.step(`axe finds nothing, and nothing is cut off: ${scheme}, ${device}`, async () => {
        await using other = await openPage(browser, server.url, { scheme, width });
        const looked = other.page;
        for (const name of ["fields", "locked", "fails", "shop", "slow"]) {
          await choose(looked, name);
          await looked.getByRole("heading", { name, exact: false, level: 2 }).first().waitFor();
          if (name !== "fields") {
            await looked.getByRole("button", { name: "Call" }).click();
            await looked.locator('.output:not([hidden]) [aria-busy="false"]').waitFor({
              state: "attached",
            });
          }
          await looked.getByText("What it stands on").click();
          assert.deepEqual(await violations(looked), [], name);
          await picture(looked, `${name}-${scheme}-${device}`);
          const wide = await looked.evaluate("document.documentElement.scrollWidth");
          assert.ok(Number(wide) <= width, `${name} is ${wide} wide`);
        }
        other.wasFine();
      });
    }
  }

  await t.step("the browser had nothing to complain of but what was planned", () => {
    const planned = /ERR_INTERNET_DISCONNECTED/;
    open.wasFine(planned);
  });
});
