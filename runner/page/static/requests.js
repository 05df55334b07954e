import { make } from "./node.js";

/** Shows calls as rows, the newest first. */
export function showRequests(body, requests) {
  body.replaceChildren(...requests.map((request) =>
    make(
      "tr",
      { class: request.error ? "bad" : "" },
      make("td", {}, new Date(request.at).toLocaleTimeString()),
      make("td", {}, request.flow),
      make("td", {}, statusOf(request)),
      make("td", { class: "number" }, request.ms === undefined ? "" : milliseconds(request.ms)),
      make(
        "td",
        { class: "number" },
        request.firstChunkMs === undefined ? "" : milliseconds(request.firstChunkMs),
      ),
      make("td", { class: "number" }, tokens(request)),
      make("td", {}, request.models.join(", ")),
      make("td", {}, besides(request)),
    )
  ));
}

/** One line on a call that has ended; nothing while it runs. */
export function summary(request) {
  if (request?.ms === undefined) return "";
  const { firstChunkMs, inputTokens, outputTokens } = request;
  return [
    statusOf(request),
    milliseconds(request.ms),
    firstChunkMs !== undefined && `first words after ${milliseconds(firstChunkMs)}`,
    inputTokens !== undefined && `${count(inputTokens)} tokens in`,
    outputTokens !== undefined && `${count(outputTokens)} tokens out`,
    besides(request),
  ].filter(Boolean).join(" · ");
}

function statusOf({ status, error }) {
  if (status === undefined) return "running";
  return error ? `${status} ${error}` : String(status);
}

function besides({ toolCalls, cache }) {
  return [
    toolCalls > 0 && `${toolCalls} ${toolCalls === 1 ? "tool call" : "tool calls"}`,
    cache && `cache ${cache}`,
  ].filter(Boolean).join(", ");
}

function tokens({ inputTokens, outputTokens }) {
  return [inputTokens, outputTokens].map(count).filter(Boolean).join(", ");
}

function count(tokens) {
  return tokens === undefined ? "" : tokens.toLocaleString();
}

function milliseconds(ms) {
  return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`;
}
