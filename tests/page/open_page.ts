import assert from "assert";
import type { Browser, Page } from "playwright-core";

/** A tab that has the page open; ends with its scope. */
export interface OpenPage extends AsyncDisposable {
  page: Page;
  /** Throws where anything went wrong in the browser: errors, refused resources, foreign requests. */
  wasFine(planned?: RegExp): void;
}

/** Opens a URL and takes note of all that a browser complains of. */
export async function openPage(
  browser: Browser,
  url: string,
  { scheme = "light", width = 1200 }: { scheme?: "light" | "dark"; width?: number } = {},
): Promise<OpenPage> {
  const context = await browser.newContext({
    colorScheme: scheme,
    viewport: { width, height: 900 },
    reducedMotion: "reduce",
  });
  context.setDefaultTimeout(120_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    // A failed answer is one that the test wants to see.
    if (message.type() === "error" && !/status of (4|5)\d\d/.test(message.text())) {
      complaints.push(message.text());
    }
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("dialog", (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(url)) complaints.push(`asked ${request.url()}`);
  });
  await page.goto(url);
  await page.getByRole("status").filter({ hasText: "Live" }).waitFor();
  return {
    page,
    wasFine: (planned) => assert.deepEqual(complaints.filter((one) => !planned?.test(one)), []),
    [Symbol.asyncDispose]: () => context.close(),
  };
}

/** Presses Tab until the element with this role and name has the focus, as a person would. */
export async function tabTo(page: Page, name: string | RegExp, most = 60): Promise<void> {
  const seen: string[] = [];
  for (let presses = 0; presses < most; presses++) {
    await page.keyboard.press("Tab");
    const focused = await focusedName(page);
    if (typeof name === "string" ? focused === name : name.test(focused)) return;
    seen.push(focused);
  }
  assert.fail(`Tab never came to ${name}, but to ${JSON.stringify(seen)}`);
}

/** What the element that has the focus is called: its label's text, else its own. */
export async function focusedName(page: Page): Promise<string> {
  return await page.evaluate(`(() => {
    const focused = document.activeElement;
    const label = focused?.labels?.[0] ?? focused;
    return (label?.textContent ?? "").trim();
  })()`);
}
