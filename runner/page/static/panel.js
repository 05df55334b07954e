import { callFlow } from "./answer.js";
import { approvalForm } from "./approval.js";
import { FieldError, inputFields } from "./form.js";
import { make, newId } from "./node.js";
import { summary } from "./requests.js";
import { treeOf } from "./tree.js";

/**
 * Makes the panel of a flow: what it is, its form, its answer, what it stands on.
 *
 * @param {{name: string}} flow
 * @param {(id: string) => object | undefined} requestOf Gives what is known of a call.
 */
export function flowPanel({ name }, requestOf) {
  const id = newId();
  const badge = make("span", { class: "state" });
  const about = make("p", { class: "quiet" });
  const reason = make("p", { class: "fault", hidden: true });
  const form = make("form", { novalidate: true, autocomplete: "off" });
  const output = answerArea(id, requestOf);
  const tree = make("div");
  const element = make(
    "article",
    { "aria-labelledby": id },
    make("h2", { id }, make("span", { class: "name" }, name), " ", badge),
    about,
    reason,
    form,
    output.element,
    make("details", {}, make("summary", {}, "What it stands on"), tree),
  );
  let formOf = "";
  return {
    element,
    told: output.told,
    update(flow) {
      badge.textContent = flow.state;
      badge.className = flow.state === "serving" ? "state good" : "state bad";
      about.textContent = [flow.owner, flow.place].filter(Boolean).join(" · ");
      reason.hidden = flow.reason === undefined;
      reason.textContent = flow.reason ?? "";
      // A form whose fields are the same keeps what was written in it.
      const wanted = JSON.stringify([flow.routes, flow.auth]);
      if (wanted !== formOf) fill(form, flow, output);
      formOf = wanted;
      tree.replaceChildren(
        ...flow.tree ? [treeOf(flow.tree)] : [],
        ...flow.hosts
          ? [make(
            "p",
            { class: "quiet" },
            flow.hosts.length > 0
              ? `Its sandbox reaches ${flow.hosts.join(", ")}, nothing else.`
              : "Its sandbox reaches no host.",
          )]
          : [],
      );
    },
  };
}

function fill(form, { routes, auth }, output) {
  if (routes.length === 0) {
    form.onsubmit = (event) => event.preventDefault();
    return form.replaceChildren();
  }
  let route = routes[0];
  let fields = inputFields(route);
  const line = make("p", { class: "line" });
  const place = make("div", {}, fields.element);
  const choose = (index) => {
    route = routes[index];
    fields = inputFields(route);
    place.replaceChildren(fields.element);
    line.textContent = `POST ${route.path}`;
  };
  choose(0);
  const choice = newId();
  const prompts = routes.length < 2 ? [] : [make(
    "div",
    { class: "field" },
    make("label", { for: choice }, "Prompt"),
    make(
      "select",
      { id: choice, change: (event) => choose(Number(event.target.value)) },
      ...routes.map(({ prompt }, index) => make("option", { value: String(index) }, prompt)),
    ),
  )];
  const keys = keyFields(auth);
  const stop = make("button", {
    type: "button",
    class: "second",
    hidden: true,
    click: () => output.stop(),
  }, "Stop");
  const call = make("button", { type: "submit" }, "Call");
  form.onsubmit = async (event) => {
    event.preventDefault();
    if (call.getAttribute("aria-disabled") === "true") return;
    let data;
    try {
      data = fields.read();
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      error.field.show(error.message);
      return error.field.control.focus();
    }
    await output.run(route, data, keys.headers, (running) => {
      call.setAttribute("aria-disabled", String(running));
      // A button that is hidden would lose the focus to nowhere.
      if (!running && document.activeElement === stop) call.focus();
      stop.hidden = !running;
    });
  };
  form.replaceChildren(
    line,
    ...prompts,
    place,
    ...keys.elements,
    make("p", { class: "actions" }, call, stop),
  );
}

/** The fields of what a caller has to send to be known. They are kept nowhere else. */
function keyFields({ apiKeyHeader, bearer } = {}) {
  const secret = (label) => {
    const id = newId();
    const control = make("input", {
      type: "password",
      id,
      autocomplete: "off",
      spellcheck: "false",
    });
    return {
      control,
      element: make("div", { class: "field" }, make("label", { for: id }, label), control),
    };
  };
  const inAuthorization = apiKeyHeader?.toLowerCase() === "authorization";
  const key = apiKeyHeader ? secret(`API key (${apiKeyHeader})`) : undefined;
  const token = bearer ? secret("Bearer token") : undefined;
  const used = [key, token].filter(Boolean);
  const elements = used.length === 0 ? [] : [make(
    "fieldset",
    {},
    make("legend", {}, "Who calls"),
    ...used.map(({ element }) => element),
    make("p", { class: "quiet hint" }, "Sent with your call, and kept nowhere."),
  )];
  return {
    elements,
    headers: () => ({
      ...token?.control.value && { authorization: `Bearer ${token.control.value}` },
      ...key?.control.value &&
        { [apiKeyHeader]: inAuthorization ? `Bearer ${key.control.value}` : key.control.value },
    }),
  };
}

/** Where the answer comes, word by word. */
function answerArea(id, requestOf) {
  const text = make("pre", { class: "answer" });
  const fault = make("p", { class: "fault", role: "alert", hidden: true });
  const line = make("p", { class: "quiet", role: "status" });
  const decisions = make("div");
  // Busy while it comes, so that it is read out as a whole.
  const live = make("div", { "aria-live": "polite", "aria-busy": "false" }, text);
  const element = make(
    "section",
    { class: "output", "aria-labelledby": `${id}-answer`, hidden: true },
    make("h3", { id: `${id}-answer` }, "Answer"),
    live,
    fault,
    line,
    decisions,
  );
  let request = "";
  let call;
  const told = () => {
    const words = summary(requestOf(request));
    if (words && line.textContent !== words) line.textContent = words;
  };
  const run = async (route, data, headers, running) => {
    call?.abort();
    const own = call = new AbortController();
    const words = document.createTextNode("");
    element.hidden = false;
    fault.hidden = true;
    request = "";
    line.textContent = "Waiting for the first words …";
    text.className = route.output === "json" ? "answer code" : "answer";
    text.replaceChildren(words);
    // Decisions that do not arrive can be sent again.
    if (!("resume" in data)) decisions.replaceChildren();
    live.setAttribute("aria-busy", "true");
    running(true);
    try {
      const { result, interrupted } = await callFlow(route.path, {
        data,
        headers: headers(),
        signal: own.signal,
        began: (id) => request = id,
        chunk: (chunk) => {
          line.textContent = "Streaming …";
          words.appendData(chunk);
        },
      });
      line.textContent = "";
      decisions.replaceChildren();
      if (interrupted) {
        words.data = result.text ?? "";
        const form = approvalForm(result, (data) => run(route, data, headers, running));
        decisions.replaceChildren(form.element);
        form.focus();
      } else {
        words.data = typeof result === "string" ? result : JSON.stringify(result, null, 2);
        if (words.data === "") line.textContent = "The answer is empty.";
      }
    } catch (error) {
      line.textContent = "";
      fault.hidden = false;
      fault.replaceChildren(
        ...own.signal.aborted ? ["Stopped."] : [
          ...error.status ? [make("strong", {}, error.status), " "] : [],
          error.message,
        ],
      );
    } finally {
      if (call === own) {
        live.setAttribute("aria-busy", "false");
        running(false);
        told();
      }
    }
  };
  return { element, run, told, stop: () => call?.abort() };
}
