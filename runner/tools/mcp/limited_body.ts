/**
 * Wraps a response's body so that it fails with a `RangeError` once more than `count.left` bytes have
 * come; several bodies may share a count.
 */
export function limitedBody(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  count: { left: number },
): ReadableStream<Uint8Array<ArrayBuffer>> {
  return body.pipeThrough(
    new TransformStream({
      transform(chunk, controller) {
        count.left -= chunk.byteLength;
        if (count.left < 0) throw new RangeError("the answer is too long");
        controller.enqueue(chunk);
      },
    }),
  );
}
