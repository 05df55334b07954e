import type { Part } from "genkit";
import { FlowError } from "../../../shared/flow_error.ts";

/** The audio formats that the API names, by media type. */
const AUDIO: Record<string, string> = {
  "audio/wav": "wav",
  "audio/x-wav": "wav",
  "audio/wave": "wav",
  "audio/mpeg": "mp3",
  "audio/mp3": "mp3",
};

/**
 * Turns a part of a user's message into the API's: text, an image (as a URL, of data or of the web),
 * audio or a PDF (both as data).
 *
 * @param imageDetail How closely images are looked at.
 * @throws {FlowError} INVALID_ARGUMENT where the API has no such part; its data is not shown.
 */
export function contentPart(part: Part, imageDetail?: string): Record<string, unknown> {
  const { text, data, media } = part;
  if (text !== undefined) return { type: "text", text };
  if (data !== undefined) return { type: "text", text: JSON.stringify(data) };
  if (!media) throw refused(`a part with ${Object.keys(part).join(", ") || "nothing"}`);
  const { url } = media;
  const inline = /^data:([^;,]*)[^,]*;base64,/i.exec(url.slice(0, 200));
  const type = (media.contentType ?? inline?.[1] ?? "").split(";")[0]!.trim().toLowerCase();
  const base64 = inline ? url.slice(inline[0].length) : undefined;
  if (base64 === undefined && /^data:/i.test(url)) throw refused("data that is not base64");
  if (type.startsWith("image/") || type === "" && base64 === undefined) {
    const detail = imageDetail !== undefined && { detail: imageDetail };
    return { type: "image_url", image_url: { url, ...detail } };
  }
  if (base64 !== undefined && Object.hasOwn(AUDIO, type)) {
    return { type: "input_audio", input_audio: { data: base64, format: AUDIO[type] } };
  }
  if (base64 !== undefined && type === "application/pdf") {
    return { type: "file", file: { filename: "document.pdf", file_data: url } };
  }
  const shown = /^[\w.+-]+\/[\w.+-]+$/.test(type) ? `of the type "${type}"` : "of an unknown type";
  throw refused(`media ${shown}${base64 === undefined ? " by its URL" : ""}`);
}

function refused(what: string): FlowError {
  const message =
    `The flow's model cannot be sent ${what}; it takes text, images, and WAV, MP3 and PDF as data`;
  return new FlowError("INVALID_ARGUMENT", message);
}
