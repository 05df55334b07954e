import { type Context, Hono } from "hono";
import type { AppEnv } from "../http/app_env.ts";
import { MethodError } from "../http/method_error.ts";
import { visitorOf } from "../guard/visitor.ts";
import { checkHost, checkOrigin } from "./check_visitor.ts";
import type { FlowPage } from "./flow_page.ts";
import html from "./static/page.html" with { type: "text" };
import css from "./static/page.css" with { type: "text" };
import icon from "./static/icon.svg" with { type: "text" };
import answerScript from "./static/answer.js" with { type: "text" };
import approvalScript from "./static/approval.js" with { type: "text" };
import formScript from "./static/form.js" with { type: "text" };
import nodeScript from "./static/node.js" with { type: "text" };
import pageScript from "./static/page.js" with { type: "text" };
import panelScript from "./static/panel.js" with { type: "text" };
import requestsScript from "./static/requests.js" with { type: "text" };
import treeScript from "./static/tree.js" with { type: "text" };

/** What stands beside the page; no flow's path has two parts. */
const ASSETS: Record<string, { type: string; text: string }> = {
  "/-/page.css": { type: "text/css", text: css },
  "/-/icon.svg": { type: "image/svg+xml", text: icon },
  "/-/answer.js": { type: "text/javascript", text: answerScript },
  "/-/approval.js": { type: "text/javascript", text: approvalScript },
  "/-/form.js": { type: "text/javascript", text: formScript },
  "/-/node.js": { type: "text/javascript", text: nodeScript },
  "/-/page.js": { type: "text/javascript", text: pageScript },
  "/-/panel.js": { type: "text/javascript", text: panelScript },
  "/-/requests.js": { type: "text/javascript", text: requestsScript },
  "/-/tree.js": { type: "text/javascript", text: treeScript },
};

/** Nothing but what comes from here, no inline script, in no frame. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": POLICY,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

/**
 * Makes the routes of a page: `GET /`, what stands beside it below `/-/`, its data as JSON
 * (`/-/state`) and what happens as server-sent events (`/-/events`).
 *
 * @param listening The address or name that the server listens on.
 */
export function pageRoutes(page: FlowPage, listening: string): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  const get = (path: string, answer: (c: Context<AppEnv>) => Response) => {
    app.all(path, (c) => {
      const { method } = c.req;
      if (method !== "GET" && method !== "HEAD") {
        throw new MethodError(path, method, ["GET", "HEAD"]);
      }
      const visitor = visitorOf(c.req.raw);
      checkHost(visitor, listening);
      // A link may lead to the page; all else is the page's own.
      if (path !== "/") checkOrigin(visitor);
      const response = answer(c);
      for (const [name, value] of Object.entries(HEADERS)) response.headers.set(name, value);
      return response;
    });
  };
  get("/", () => respond("text/html", html));
  for (const [path, { type, text }] of Object.entries(ASSETS)) {
    get(path, () => respond(type, text));
  }
  get("/-/state", () => Response.json(page.state()));
  get("/-/events", (c) => {
    if (c.req.method === "HEAD") return respond("text/event-stream", "");
    const { body, ended } = page.events.listen();
    c.set("streamed", ended.then(() => undefined));
    return new Response(body, {
      // Proxies of nginx's kind would else collect the events.
      headers: { "content-type": "text/event-stream", "x-accel-buffering": "no" },
    });
  });
  return app;
}

function respond(type: string, text: string): Response {
  return new Response(text, { headers: { "content-type": `${type}; charset=utf-8` } });
}
