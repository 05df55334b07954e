import type { ContentBlock } from "@aws-sdk/client-bedrock-runtime";
import { FlowError } from "../../../shared/flow_error.ts";

/** Converse's kinds of media, by their formats' names for MIME types. */
const FORMATS: Record<string, [kind: "image" | "video" | "document", format: string]> = {
  "image/png": ["image", "png"],
  "image/jpeg": ["image", "jpeg"],
  "image/jpg": ["image", "jpeg"],
  "image/gif": ["image", "gif"],
  "image/webp": ["image", "webp"],
  "video/mp4": ["video", "mp4"],
  "video/quicktime": ["video", "mov"],
  "video/webm": ["video", "webm"],
  "video/x-matroska": ["video", "mkv"],
  "video/mpeg": ["video", "mpeg"],
  "video/3gpp": ["video", "three_gp"],
  "application/pdf": ["document", "pdf"],
  "text/plain": ["document", "txt"],
  "text/html": ["document", "html"],
  "text/markdown": ["document", "md"],
  "text/csv": ["document", "csv"],
  "application/msword": ["document", "doc"],
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ["document", "docx"],
  "application/vnd.ms-excel": ["document", "xls"],
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ["document", "xlsx"],
};

/**
 * Makes Converse's block of a media part: of a `data:` URL, or of an `s3://` one with a content type.
 * (https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlock.html)
 *
 * @param index Makes the name of a document, which must differ from the others of a request.
 * @throws {FlowError} INVALID_ARGUMENT where Bedrock could not take it.
 */
export function mediaBlock(
  { url, contentType }: { url: string; contentType?: string },
  index: number,
): ContentBlock {
  const data = /^data:([^;,]*)(?:;[^,]*)?;base64,/i.exec(url.slice(0, 200));
  const type = (contentType || data?.[1] || "").toLowerCase().split(";")[0]!.trim();
  const known = FORMATS[type];
  if (known === undefined) {
    throw refused(
      `is of the type "${type.slice(0, 80)}", should be ${Object.keys(FORMATS)[0]}, ` +
        "another common image, a video, PDF, text or Office document",
    );
  }
  const [kind, format] = known;
  const source = data
    ? { bytes: bytesOf(url.slice(data[0].length)) }
    : url.startsWith("s3://")
    ? { s3Location: { uri: url } }
    : undefined;
  if (source === undefined) {
    throw refused("is no data: URL of base64 and no s3: URL, should be one of them");
  }
  const block = {
    format,
    source,
    ...kind === "document" && { name: `document ${index + 1}` },
  };
  return { [kind]: block } as unknown as ContentBlock;
}

function bytesOf(base64: string): Uint8Array {
  try {
    return Uint8Array.fromBase64(base64);
  } catch {
    throw refused("is a data: URL that is not base64");
  }
}

function refused(fault: string): FlowError {
  return new FlowError(
    "INVALID_ARGUMENT",
    `Cannot send media to the provider "bedrock": a part ${fault}`,
  );
}
