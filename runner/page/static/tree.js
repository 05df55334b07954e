import { make } from "./node.js";

/** Shows what a flow refers to, as a list of lists. */
export function treeOf(node) {
  return make("ul", { class: "tree" }, branch(node));
}

function branch({ kind, name, detail, state, children = [] }) {
  return make(
    "li",
    {},
    make("span", { class: "kind" }, kind),
    " ",
    make("span", { class: "name" }, name),
    detail ? make("span", { class: "quiet" }, ` ${detail}`) : undefined,
    state
      ? make("span", { class: state.includes("missing") ? "state bad" : "state" }, state)
      : undefined,
    children.length > 0 ? make("ul", {}, ...children.map(branch)) : undefined,
  );
}
