import { make } from "./node.js";
import { flowPanel } from "./panel.js";
import { showRequests } from "./requests.js";

const place = (id) => document.getElementById(id);
/** What the page shows of each flow, so that a form keeps its texts while another is looked at. */
const panels = new Map();
let state = { flows: [], requests: [], reloads: [], problems: [], warnings: [], sources: [] };
let shown;

/** Reads all that there is to show. One at a time, and once more if it has changed in between. */
let reading = false;
let stale = false;
async function refresh() {
  stale = true;
  if (reading) return;
  reading = true;
  try {
    while (stale) {
      stale = false;
      const response = await fetch("/-/state", { cache: "no-store" });
      if (!response.ok) throw new Error(`${response.status}`);
      state = await response.json();
      show();
    }
  } catch {
    tell("Cannot reach the server; trying again …");
  } finally {
    reading = false;
  }
}

function show() {
  for (const name of [...panels.keys()]) {
    if (!state.flows.some((flow) => flow.name === name)) panels.delete(name);
  }
  showFlows();
  showPanel();
  showFindings();
  showReloads();
  showSources();
  showCalls();
  place("version").textContent = `genkitd ${state.version}`;
}

function showFlows() {
  const words = place("filter").value.trim().toLowerCase();
  const found = state.flows.filter(({ name }) => name.toLowerCase().includes(words));
  place("filter-row").hidden = state.flows.length <= 10;
  place("no-flows").hidden = found.length > 0;
  const current = chosen()?.name;
  // A link that has the focus keeps it.
  const focused = document.activeElement?.closest?.("#flows a")?.getAttribute("href");
  place("flows").replaceChildren(...found.map(({ name, state, reason }) => {
    const href = hashOf(name);
    const bad = state !== "serving" || reason !== undefined;
    return make(
      "li",
      {},
      make(
        "a",
        { href, "aria-current": name === current ? "page" : undefined },
        make("span", { class: "name" }, name),
        bad
          ? make("span", { class: "state bad" }, state === "serving" ? "older version" : state)
          : undefined,
      ),
    );
  }));
  if (focused) place("flows").querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
}

function showPanel() {
  const flow = chosen();
  document.title = flow ? `${flow.name} · genkitd` : "genkitd";
  if (flow === undefined) {
    shown = undefined;
    return place("main").replaceChildren(
      make("p", { class: "quiet" }, "Once the files have a Flow or a FlowSet, it is shown here."),
    );
  }
  let panel = panels.get(flow.name);
  if (panel === undefined) {
    panel = flowPanel(flow, (id) => state.requests.find((request) => request.id === id));
    panels.set(flow.name, panel);
  }
  panel.update(flow);
  if (shown !== panel) place("main").replaceChildren(panel.element);
  shown = panel;
}

function showFindings() {
  const line = (word, bad) => ({ file, line, column, message }) =>
    make(
      "li",
      { class: bad ? "bad" : "" },
      make("strong", {}, `${word} `),
      make("code", {}, [file, line, column].filter((part) => part !== undefined).join(":")),
      ` ${message}`,
    );
  const lines = [
    ...state.problems.map(line("Problem", true)),
    ...state.warnings.map(line("Warning", false)),
  ];
  place("findings").hidden = lines.length === 0;
  place("finding-list").replaceChildren(...lines);
}

function showReloads() {
  const words = ({ added, changed, removed, failed }) =>
    [
      ["added", added],
      ["changed", changed],
      ["removed", removed],
      ["failed", failed.map(({ name }) => name)],
    ].filter(([, names]) => names.length > 0)
      .map(([word, names]) => `${word} ${names.join(", ")}`).join("; ");
  const list = place("reloads");
  const lines = state.reloads.map((reload) => [reload.at, words(reload)]);
  // Only what is new is put in, so that only that is read out.
  const known = new Set([...list.children].map((item) => item.dataset.key));
  const fresh = lines.filter((line) => !known.has(line.join(" ")));
  list.prepend(
    ...fresh.map(([at, text]) =>
      make("li", { "data-key": `${at} ${text}` }, timeOf(at), ` ${text}`)
    ),
  );
  while (list.children.length > lines.length) list.lastChild.remove();
}

function showSources() {
  place("sources-section").hidden = state.sources.length === 0;
  place("sources").replaceChildren(...state.sources.map((source) =>
    make(
      "li",
      { class: source.lastError ? "bad" : "" },
      make("strong", {}, source.name),
      source.revision ? " at " : " not read yet",
      source.revision
        ? make("code", { title: source.revision }, shortened(source.revision))
        : undefined,
      source.lastSuccess
        ? make("span", { class: "quiet" }, " read ", timeOf(source.lastSuccess))
        : undefined,
      source.lastError ? `: ${source.lastError.message}` : undefined,
    )
  ));
}

/** A hash over files is long, and its beginning tells as much. */
function shortened(revision) {
  return /^[0-9a-f]{64}$/.test(revision) ? revision.slice(0, 12) : revision;
}

function showCalls() {
  place("no-requests").hidden = state.requests.length > 0;
  place("request-table").hidden = state.requests.length === 0;
  showRequests(place("requests"), state.requests);
  for (const panel of panels.values()) panel.told();
}

function chosen() {
  const name = flowOfHash();
  return state.flows.find((flow) => flow.name === name) ?? state.flows[0];
}

function flowOfHash() {
  if (!location.hash.startsWith("#/")) return undefined;
  try {
    return decodeURIComponent(location.hash.slice(2));
  } catch {
    return undefined;
  }
}

function hashOf(name) {
  return `#/${encodeURIComponent(name)}`;
}

function timeOf(at) {
  const time = new Date(at);
  return make("time", { datetime: at }, time.toLocaleTimeString());
}

function tell(text) {
  if (place("connection").textContent !== text) place("connection").textContent = text;
}

/**
 * Listens while the page can be seen: a browser opens six connections to a server, and pages in the
 * background would take them from those in front.
 */
let events;
let again;
function listen() {
  clearTimeout(again);
  events?.close();
  events = undefined;
  if (document.hidden) return;
  events = new EventSource("/-/events");
  events.addEventListener("open", () => {
    tell("Live");
    refresh();
  });
  events.addEventListener("change", refresh);
  events.addEventListener("request", ({ data }) => {
    const request = JSON.parse(data);
    const index = state.requests.findIndex(({ id, at }) => id === request.id && at === request.at);
    if (index >= 0) state.requests[index] = request;
    else state.requests = [request, ...state.requests].slice(0, 100);
    showCalls();
  });
  events.addEventListener("error", () => {
    tell("Cannot reach the server; trying again …");
    // A browser gives up where the answer is an error.
    if (events?.readyState === EventSource.CLOSED) again = setTimeout(listen, 5000);
  });
}

addEventListener("hashchange", () => {
  // The skip link leads to a place on the page, not to another flow.
  if (!location.hash.startsWith("#/")) return;
  show();
  place("main").focus();
});
document.addEventListener("visibilitychange", listen);
place("filter").addEventListener("input", showFlows);
refresh();
listen();
