/** A promise that stays pending and counts who waits for it, and for what is made of it. */
export function countedPromise<T>() {
  let waits = 0;
  class Counted<V> extends Promise<V> {
    override then<A = V, B = never>(
      onFulfilled?: ((value: V) => A | PromiseLike<A>) | null,
      onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
    ): Promise<A | B> {
      waits++;
      return super.then(onFulfilled, onRejected);
    }
  }
  let resolve = (_: T) => {};
  const promise: Promise<T> = new Counted<T>((fulfil) => resolve = fulfil);
  return { promise, resolve: (value: T) => resolve(value), waits: () => waits };
}
