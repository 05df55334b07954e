import { crc32 } from "node:zlib";
import { Buffer } from "node:buffer";

/**
 * Encodes one message of `application/vnd.amazon.eventstream`: lengths, headers (texts only),
 * payload and checksums, as
 * https://smithy.io/2.0/aws/amazon-eventstream.html specifies it.
 */
export function eventStreamMessage(headers: Record<string, string>, payload: unknown): Uint8Array {
  const head = Buffer.concat(
    Object.entries(headers).map(([name, value]) => {
      const [nameBytes, valueBytes] = [Buffer.from(name), Buffer.from(value)];
      const length = Buffer.alloc(2);
      length.writeUInt16BE(valueBytes.length);
      return Buffer.concat([
        Buffer.from([nameBytes.length]),
        nameBytes,
        STRING,
        length,
        valueBytes,
      ]);
    }),
  );
  const body = Buffer.from(JSON.stringify(payload));
  const message = Buffer.alloc(16 + head.length + body.length);
  message.writeUInt32BE(message.length, 0);
  message.writeUInt32BE(head.length, 4);
  message.writeUInt32BE(crc32(message.subarray(0, 8)), 8);
  head.copy(message, 12);
  body.copy(message, 12 + head.length);
  message.writeUInt32BE(crc32(message.subarray(0, message.length - 4)), message.length - 4);
  return new Uint8Array(message);
}

/** The type of a header whose value is a text. */
const STRING = Buffer.from([7]);

/** An event, e.g. `contentBlockDelta`. */
export function eventMessage(type: string, payload: unknown): Uint8Array {
  return eventStreamMessage({
    ":event-type": type,
    ":content-type": "application/json",
    ":message-type": "event",
  }, payload);
}

/** An exception in a stream, e.g. `throttlingException`. */
export function exceptionMessage(type: string, payload: unknown): Uint8Array {
  return eventStreamMessage({
    ":exception-type": type,
    ":content-type": "application/json",
    ":message-type": "exception",
  }, payload);
}
