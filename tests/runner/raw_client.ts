const encoder = new TextEncoder();

/** A client that speaks bytes, to be as slow and as wrong as a test needs. */
export class RawClient implements Disposable {
  #conn: Deno.TcpConn;
  #received = "";

  private constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
  }

  static async connect(port: number): Promise<RawClient> {
    return new RawClient(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  /** Sends text, or bytes, as they are. */
  async send(text: string | Uint8Array): Promise<void> {
    const bytes = typeof text === "string" ? encoder.encode(text) : text;
    for (let rest = bytes; rest.length > 0;) {
      rest = rest.subarray(await this.#conn.write(rest));
    }
  }

  /** Sends a POST with a body, whole. */
  post(path: string, body: string): Promise<void> {
    const length = encoder.encode(body).length;
    return this.send(
      `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n${body}`,
    );
  }

  /** Reads until what was received since the last call includes `text`, and gives it. */
  async readUntil(text: string): Promise<string> {
    while (!this.#received.includes(text)) {
      if (!await this.#readSome()) throw new Error(`closed before "${text}": ${this.#received}`);
    }
    const end = this.#received.indexOf(text) + text.length;
    const taken = this.#received.slice(0, end);
    this.#received = this.#received.slice(end);
    return taken;
  }

  /** Reads until the server closes, by a reset as well, and gives the rest. */
  async readToEnd(): Promise<string> {
    while (await this.#readSome());
    return this.#received;
  }

  /** Ends the sending half. */
  closeWrite(): Promise<void> {
    return this.#conn.closeWrite();
  }

  [Symbol.dispose](): void {
    this.#conn.close();
  }

  async #readSome(): Promise<boolean> {
    const buffer = new Uint8Array(65536);
    const count = await this.#conn.read(buffer).catch(() => null);
    if (count === null) return false;
    this.#received += new TextDecoder().decode(buffer.subarray(0, count));
    return true;
  }
}
