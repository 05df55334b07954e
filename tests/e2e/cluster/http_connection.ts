/** An answer, read to its end. */
export interface HttpAnswer {
  status: number;
  headers: Headers;
  body: string;
}

/** A request with a body. */
export interface HttpRequest {
  path: string;
  body: string;
  /** Whether the connection is to serve further requests. */
  keepAlive: boolean;
}

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/**
 * One HTTP/1.1 connection, held in the hand: `fetch` does not say which connection a request takes,
 * and sends some of them again on its own, which would hide what a server lost.
 */
export class HttpConnection implements Disposable {
  readonly #connection: Deno.TcpConn;
  /** The read under way: between answers it is what shows that the server has closed. */
  #reading: Promise<string | Error | null>;
  #closed = false;
  #rest = "";

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
    this.#reading = this.#read();
  }

  /** Connects. Throws what Deno throws. */
  static async open(hostname: string, port: number): Promise<HttpConnection> {
    return new HttpConnection(await Deno.connect({ hostname, port }));
  }

  /** Whether the server or the client has closed it: a request needs another one. */
  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Posts JSON and reads the answer. Closes the connection where the answer says so.
   *
   * @throws {Error} where the connection ends before the answer does.
   */
  async post({ path, body, keepAlive }: HttpRequest): Promise<HttpAnswer> {
    const bytes = encoder.encode(body);
    const { hostname, port } = this.#connection.remoteAddr;
    const head = [
      `POST ${path} HTTP/1.1`,
      `host: ${hostname}:${port}`,
      "content-type: application/json",
      `content-length: ${bytes.length}`,
      ...keepAlive ? [] : ["connection: close"],
    ];
    await this.#write(encoder.encode(head.join("\r\n") + "\r\n\r\n"));
    await this.#write(bytes);
    const [first = "", ...lines] = (await this.#until("\r\n\r\n")).split("\r\n");
    const headers = new Headers(lines.map((line) => {
      const at = line.indexOf(":");
      return [line.slice(0, at), line.slice(at + 1).trim()];
    }));
    const answer = {
      status: Number(first.split(" ")[1]),
      headers,
      body: await this.#body(headers),
    };
    if (!keepAlive || headers.get("connection")?.toLowerCase() === "close") this[Symbol.dispose]();
    return answer;
  }

  [Symbol.dispose](): void {
    if (!this.#closed) this.#connection.close();
    this.#closed = true;
  }

  async #body(headers: Headers): Promise<string> {
    if (headers.get("transfer-encoding") !== "chunked") {
      return await this.#take(Number(headers.get("content-length") ?? 0));
    }
    let body = "";
    for (;;) {
      const length = parseInt(await this.#until("\r\n"), 16);
      body += await this.#take(length);
      await this.#until("\r\n");
      if (length === 0) return body;
    }
  }

  async #until(mark: string): Promise<string> {
    let at: number;
    while ((at = this.#rest.indexOf(mark)) === -1) await this.#more();
    const text = this.#rest.slice(0, at);
    this.#rest = this.#rest.slice(at + mark.length);
    return text;
  }

  async #take(length: number): Promise<string> {
    while (this.#rest.length < length) await this.#more();
    const text = this.#rest.slice(0, length);
    this.#rest = this.#rest.slice(length);
    // The bytes were kept one a character, as lengths count bytes.
    return decoder.decode(Uint8Array.from(text, (char) => char.charCodeAt(0)));
  }

  async #more(): Promise<void> {
    const got = await this.#reading;
    if (typeof got !== "string") {
      this[Symbol.dispose]();
      throw got ?? new Error("the server closed the connection before the end of its answer");
    }
    this.#rest += got;
    this.#reading = this.#read();
  }

  /** Reads once. A text has one character a byte; null means that the server has closed. */
  async #read(): Promise<string | Error | null> {
    const buffer = new Uint8Array(64 * 1024);
    try {
      const count = await this.#connection.read(buffer);
      if (count !== null) return String.fromCharCode(...buffer.subarray(0, count));
      this[Symbol.dispose]();
      return null;
    } catch (error) {
      this[Symbol.dispose]();
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let sent = 0; sent < bytes.length;) {
      sent += await this.#connection.write(bytes.subarray(sent));
    }
  }
}
