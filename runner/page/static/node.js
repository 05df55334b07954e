/**
 * Makes an element. What is shown is always a text, never markup: names and schemas are other
 * people's.
 *
 * @param {string} tag
 * @param {Record<string, unknown>} [properties] Attributes; `class` among them. What is undefined or
 *   false is left out, and functions listen to events of their name.
 * @param {...(Node | string | undefined)} children
 * @returns {HTMLElement}
 */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name, value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

let last = 0;

/** An id that no other element has. */
export function newId() {
  return `g${++last}`;
}
