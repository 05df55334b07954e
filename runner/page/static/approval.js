import { make, newId } from "./node.js";

/**
 * Makes the form by which a person decides on the calls of tools that wait.
 *
 * @param {{pending: {ref: string, name: string, input: unknown}[], resume: string,
 *   expiresAt?: string}} interrupted
 * @param {(data: {resume: string, decisions: object[]}) => void} decide
 */
export function approvalForm({ pending, resume, expiresAt }, decide) {
  const title = make("h3", { tabindex: "-1" }, "Waiting for your approval");
  const fault = make("p", { class: "fault", role: "alert", hidden: true });
  const questions = pending.map(question);
  const until = expiresAt ? ` until ${new Date(expiresAt).toLocaleTimeString()}` : "";
  const form = make(
    "form",
    {
      class: "approval",
      novalidate: true,
      submit: (event) => {
        event.preventDefault();
        const open = questions.find((one) => one.decision() === undefined);
        fault.hidden = open === undefined;
        if (open) {
          fault.textContent = `Approve or reject ${open.name}`;
          return open.focus();
        }
        decide({ resume, decisions: questions.map((one) => one.decision()) });
      },
    },
    title,
    make("p", { class: "quiet" }, `None of these has run. You can decide${until}.`),
    ...questions.map(({ element }) => element),
    fault,
    make("p", { class: "actions" }, make("button", { type: "submit" }, "Send")),
  );
  return { element: form, focus: () => title.focus() };
}

function question({ ref, name, input }) {
  const id = newId();
  const radio = (value, text) => {
    const control = make("input", { type: "radio", name: id, value, id: `${id}-${value}` });
    return { control, element: make("label", { class: "choice" }, control, ` ${text}`) };
  };
  const [approve, reject] = [radio("approve", "Approve"), radio("reject", "Reject")];
  const reason = make("input", {
    type: "text",
    id: `${id}-reason`,
    maxlength: "1000",
    autocomplete: "off",
  });
  const why = make(
    "div",
    { class: "field", hidden: true },
    make(
      "label",
      { for: `${id}-reason` },
      "Reason ",
      make("span", { class: "quiet" }, "for the model, optional"),
    ),
    reason,
  );
  const changed = () => why.hidden = !reject.control.checked;
  approve.control.addEventListener("change", changed);
  reject.control.addEventListener("change", changed);
  return {
    name,
    focus: () => approve.control.focus(),
    element: make(
      "fieldset",
      {},
      make("legend", {}, name),
      make(
        "pre",
        { tabindex: "0", "aria-label": `Input of ${name}` },
        JSON.stringify(input, null, 2) ?? "",
      ),
      make("p", { class: "choices" }, approve.element, reject.element),
      why,
    ),
    decision() {
      if (approve.control.checked) return { ref, decision: "approve" };
      if (!reject.control.checked) return undefined;
      return { ref, decision: "reject", ...reason.value && { reason: reason.value } };
    },
  };
}
