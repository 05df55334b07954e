import { make, newId } from "./node.js";

/** A text in a field that is no value of its type; `field` is where it stands. */
export class FieldError extends Error {
  constructor(message, field) {
    super(message);
    this.field = field;
  }
}

/**
 * Makes the fields of a prompt's input.
 *
 * @param {{inputSchema?: object, sampleInput: unknown}} route
 * @returns {{element: HTMLElement, read: () => object}} `read` throws a FieldError.
 */
export function inputFields({ inputSchema: schema, sampleInput }) {
  const properties = Object.entries(objectOf(schema?.properties));
  const element = make("div", { class: "fields" });
  const sample = objectOf(sampleInput);
  const open = schema === undefined || properties.length === 0 ||
    schema.additionalProperties === true || typeof schema.additionalProperties === "object";
  const fields = properties.map(([name, inner]) => {
    const required = Array.isArray(schema.required) && schema.required.includes(name);
    const field = makeField(name, objectOf(inner), required, sample[name]);
    element.append(field.element);
    return { name, field };
  });
  // A prompt that declares no input takes any, and most such prompts need none.
  const rest = open
    ? jsonField(
      properties.length > 0 ? "More fields" : "Input",
      "A JSON object",
      false,
      properties.length > 0 ? undefined : sampleInput,
    )
    : undefined;
  if (rest) element.append(rest.element);
  return {
    element,
    read() {
      const more = rest?.read();
      if (
        more !== undefined && (typeof more !== "object" || more === null || Array.isArray(more))
      ) {
        throw new FieldError("should be a JSON object", rest);
      }
      const values = fields.map(({ name, field }) => [name, field.read()]);
      // Made of entries, so that a field `__proto__` is one like any other.
      return Object.fromEntries([
        ...Object.entries(more ?? {}),
        ...values.filter(([, value]) => value !== undefined),
      ]);
    },
  };
}

function makeField(name, schema, required, sample) {
  const value = schema.default ?? (required ? sample : undefined);
  const type = Array.isArray(schema.type)
    ? schema.type.filter((type) => type !== "null")
    : [schema.type];
  const choices = Array.isArray(schema.enum)
    ? schema.enum.filter((choice) => required || choice !== null)
    : "const" in schema
    ? [schema.const]
    : undefined;
  const hint = typeof schema.description === "string" ? schema.description : "";
  if (choices) return choiceField(name, hint, required, choices, value);
  if (type.length === 1) {
    if (type[0] === "string") return textField(name, hint, required, schema, value);
    if (type[0] === "number" || type[0] === "integer") {
      return numberField(name, hint, required, schema, type[0], value);
    }
    if (type[0] === "boolean") {
      return required || typeof schema.default === "boolean"
        ? checkField(name, hint, value)
        : choiceField(name, hint, false, [true, false], value);
    }
  }
  const what = type[0] === "array"
    ? "A JSON list"
    : type[0] === "object"
    ? "A JSON object"
    : "JSON";
  return jsonField(name, hint ? `${hint}. ${what}` : what, required, value);
}

/** A control with its label, its hint, and room for what is wrong with its text. */
function field(name, hint, required, control, read) {
  const id = newId();
  const fault = make("p", { id: `${id}-fault`, class: "fault", hidden: true });
  control.id = id;
  const described = [hint && `${id}-hint`, `${id}-fault`].filter(Boolean).join(" ");
  control.setAttribute("aria-describedby", described);
  if (required && control.type !== "checkbox") control.setAttribute("aria-required", "true");
  const label = make(
    "label",
    { for: id },
    name,
    required ? undefined : make("span", { class: "quiet" }, " optional"),
  );
  const note = hint ? make("p", { id: `${id}-hint`, class: "quiet hint" }, hint) : undefined;
  const element = control.type === "checkbox"
    ? make("div", { class: "field check" }, control, label, note, fault)
    : make("div", { class: "field" }, label, note, control, fault);
  const own = {
    element,
    control,
    /** Shows what is wrong, or that nothing is. */
    show(message) {
      fault.textContent = message ?? "";
      fault.hidden = message === undefined;
      if (message === undefined) control.removeAttribute("aria-invalid");
      else control.setAttribute("aria-invalid", "true");
    },
    read: () => {
      own.show(undefined);
      return read(own);
    },
  };
  return own;
}

const INPUT_TYPES = { date: "date", email: "email", uri: "url", url: "url" };

function textField(name, hint, required, { format }, value) {
  const type = Object.hasOwn(INPUT_TYPES, format ?? "") ? INPUT_TYPES[format] : undefined;
  const control = type
    ? make("input", { type, autocomplete: "off" })
    : make("textarea", { rows: "1" });
  if (typeof value === "string") control.value = value;
  // A text that is empty is one, where it must be there.
  return field(
    name,
    hint,
    required,
    control,
    () => control.value === "" && !required ? undefined : control.value,
  );
}

function numberField(name, hint, required, { minimum, maximum }, type, value) {
  const control = make("input", {
    type: "number",
    step: type === "integer" ? "1" : "any",
    min: minimum,
    max: maximum,
    autocomplete: "off",
  });
  if (typeof value === "number") control.value = String(value);
  return field(name, hint, required, control, (own) => {
    if (control.validity.badInput) throw new FieldError("should be a number", own);
    return control.value === "" ? undefined : Number(control.value);
  });
}

function checkField(name, hint, value) {
  const control = make("input", { type: "checkbox" });
  control.checked = value === true;
  return field(name, hint, true, control, () => control.checked);
}

function choiceField(name, hint, required, choices, value) {
  const control = make("select", {});
  if (!required) control.append(make("option", { value: "" }, "not set"));
  for (const [index, choice] of choices.entries()) {
    const text = typeof choice === "string" ? choice : JSON.stringify(choice);
    control.append(make("option", { value: String(index) }, text));
  }
  const chosen = choices.indexOf(value);
  if (chosen >= 0) control.value = String(chosen);
  return field(
    name,
    hint,
    required,
    control,
    () => control.value === "" ? undefined : choices[Number(control.value)],
  );
}

function jsonField(name, hint, required, value) {
  const control = make("textarea", { rows: "3", spellcheck: "false", class: "code" });
  if (value !== undefined) control.value = JSON.stringify(value, null, 2);
  return field(name, hint, required, control, (own) => {
    if (control.value.trim() === "") return undefined;
    try {
      return JSON.parse(control.value);
    } catch (error) {
      throw new FieldError(`is not JSON: ${error.message}`, own);
    }
  });
}

function objectOf(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}
