/** A class of requests that are not as they should be, and what a server makes of one. */
export interface MalformedRequest {
  title: string;
  bytes: string | Uint8Array;
  /** No answer is owed where it is 0. */
  status: number;
  /** The answer's error code, and what its message says. */
  says: string;
  /** Whether the connection takes another request after it. */
  then: "kept" | "closed";
  /** Needs a time limit to pass. */
  slow?: true;
}

const encoder = new TextEncoder();
const PATH = "/greeter";

/** A POST whose headers are as given; the length of its body is not told by itself. */
function request(headers: string, body = "", path = PATH): string {
  return `POST ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n${body}`;
}

/** A POST with a body and its length. */
function post(body: string | Uint8Array, headers = "", path = PATH): Uint8Array {
  const bytes = typeof body === "string" ? encoder.encode(body) : body;
  const head = encoder.encode(request(`${headers}Content-Length: ${bytes.length}\r\n`, "", path));
  const whole = new Uint8Array(head.length + bytes.length);
  whole.set(head);
  whole.set(bytes, head.length);
  return whole;
}

const chunked = (body: string) => request("Transfer-Encoding: chunked\r\n", body);

type Row = [title: string, bytes: string | Uint8Array, says: string];

function rows(status: number, then: MalformedRequest["then"], list: Row[]): MalformedRequest[] {
  return list.map(([title, bytes, says]) => ({ title, bytes, status, says, then }));
}

const NOT_HTTP = "INVALID_ARGUMENT: Cannot read the request: it is not HTTP/1.1";
const TOO_LARGE = "INVALID_ARGUMENT: Cannot read the request: its headers are too large";
const TOO_LONG = "INVALID_ARGUMENT: Cannot read the body: it is longer than 4194304 bytes";
const CODING = "UNIMPLEMENTED: Cannot read the request: its transfer-encoding is not supported";
const json = (where: string) => `INVALID_ARGUMENT: invalid JSON body: ${where}`;
const line1 = (column: number, expected: string) =>
  json(`line 1, column ${column}: expected ${expected}`);

/** Bodies that are no JSON, or not an input of a flow: the connection goes on. */
const BODIES = rows(400, "kept", [
  ["JSON that breaks off", post('{"name":'), line1(9, "a value")],
  ["JSON with garbage behind it", post('{"name":"Ann"} x'), line1(16, "the end")],
  ["two JSON values", post("{}{}"), line1(3, "the end")],
  ["NaN", post('{"name":NaN}'), line1(9, "a value")],
  ["a control character in a text", post('{"name":"\0"}'), line1(10, "an escape of the control")],
  ["nesting of 101 levels", post("[".repeat(101)), line1(101, "at most 100 levels")],
  ["a depth bomb", post("[".repeat(4_000_000)), line1(101, "at most 100 levels")],
  ["a depth bomb of objects", post('{"a":'.repeat(800_000)), line1(501, "at most 100 levels")],
  ["the key __proto__", post('{"__proto__":{}}'), line1(2, 'a key other than "__proto__"')],
  ["a key twice", post('{"a":1,"a":2}'), line1(8, "a key that the object does not have yet")],
  ["a number that is too large", post('{"a":1e999}'), line1(6, "a number that is not too large")],
  ["half a character", post('{"a":"\\ud83d"}'), line1(6, "a text without half a character")],
  ["invalid UTF-8", post(new Uint8Array([0x22, 0xc3, 0x28, 0x22])), json("it is not UTF-8")],
  ["UTF-16", post(new Uint8Array([0xff, 0xfe, 0x7b, 0, 0x7d, 0])), json("it is not UTF-8")],
  ["a list", post("[1]"), "INVALID_ARGUMENT: Cannot read the input: the body is"],
  ["a text", post('"Ann"'), "INVALID_ARGUMENT: Cannot read the input: the body is"],
  ["null", post("null"), "INVALID_ARGUMENT: Cannot read the input: the body is"],
  [
    "data that is no object",
    post('{"data":[]}'),
    'INVALID_ARGUMENT: Cannot read the input: "data" is a list',
  ],
  [
    "a protocol that is not known",
    post("{}", "X-Genkit-Protocol: smoke\r\n"),
    'INVALID_ARGUMENT: Cannot read the call: x-genkit-protocol is "smoke"',
  ],
]);

const UNSUPPORTED = rows(415, "kept", [
  ["a wrong content type", post("{}", "Content-Type: text/html\r\n"), 'content-type "text/html"'],
  ["gzip", post("{}", "Content-Encoding: gzip\r\n"), 'content-encoding "gzip" is not supported'],
]);

const LONG = rows(413, "closed", [
  ["4 MiB and a byte", request("Content-Length: 4194305\r\n"), TOO_LONG],
  ["a length beyond all bounds", request(`Content-Length: ${2n ** 63n - 1n}\r\n`), TOO_LONG],
  [
    "4 MiB and a byte in chunks",
    chunked(`400000\r\n${" ".repeat(4194304)}\r\n1\r\n \r\n`),
    TOO_LONG,
  ],
]);

/** What two servers could read as two different requests. */
const SMUGGLED = rows(400, "closed", [
  ["a length and chunks", request("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n"), NOT_HTTP],
  ["two lengths", request("Content-Length: 2\r\nContent-Length: 3\r\n"), NOT_HTTP],
  ["a length twice", request("Content-Length: 2\r\nContent-Length: 2\r\n"), NOT_HTTP],
  ["a length that is no number", request("Content-Length: 0x2\r\n"), NOT_HTTP],
  ["a length below zero", request("Content-Length: -1\r\n"), NOT_HTTP],
  ["a chunk's size that is no number", chunked("zz\r\n{}\r\n0\r\n\r\n"), NOT_HTTP],
  ["a chunk's size beyond all bounds", chunked(`${"f".repeat(17)}\r\n{}`), NOT_HTTP],
  ["a chunk that is longer than it says", chunked("2\r\n{} \r\n0\r\n\r\n"), NOT_HTTP],
  ["chunks that are not last", request("Transfer-Encoding: chunked, gzip\r\n"), NOT_HTTP],
  ["a folded header", request("X-A: b\r\n c\r\nContent-Length: 2\r\n"), NOT_HTTP],
  ["bare line feeds", `POST ${PATH} HTTP/1.1\nHost: x\nContent-Length: 2\n\n{}`, NOT_HTTP],
  ["a space before a colon", request("Content-Length : 2\r\n"), NOT_HTTP],
  ["a NUL in a header", request("X-A: a\0b\r\nContent-Length: 2\r\n"), NOT_HTTP],
  ["a NUL in the path", request("", "", "/gre\0eter"), NOT_HTTP],
  [
    "two hosts",
    request("Host: y\r\n"),
    "INVALID_ARGUMENT: Cannot read the request: it has several",
  ],
]);

const VERSIONS = rows(400, "closed", [
  ["no HTTP", "NONSENSE\r\n\r\n", NOT_HTTP],
  ["TLS", new Uint8Array([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]), NOT_HTTP],
  ["HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", NOT_HTTP],
  ["HTTP/3", `POST ${PATH} HTTP/3.0\r\nHost: x\r\n\r\n`, NOT_HTTP],
  ["HTTP/0.9", `GET ${PATH}\r\n\r\n`, "INVALID_ARGUMENT: Cannot read the request: "],
  ["a method that is not known", `BREW ${PATH} HTTP/1.1\r\nHost: x\r\n\r\n`, NOT_HTTP],
  ["a target that is no path", request("", "", "x:80"), NOT_HTTP],
]);

const HEADS = rows(431, "closed", [
  ["a header of 17 KiB", request(`X-A: ${"a".repeat(17 * 1024)}\r\n`), TOO_LARGE],
  ["10,000 headers", request("a: b\r\n".repeat(10_000)), TOO_LARGE],
  ["a path of 20 KB", request("", "", `/${"a".repeat(20_000)}`), TOO_LARGE],
  ["10,000 trailers", chunked(`2\r\n{}\r\n0\r\n${"a: b\r\n".repeat(10_000)}\r\n`), TOO_LARGE],
]);

const HOSTS = rows(400, "kept", [
  ["no host", `POST ${PATH} HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}`, "Missing host header"],
  ["a host with a path", `POST ${PATH} HTTP/1.1\r\nHost: x/y\r\n\r\n`, "Invalid host header"],
  ["a host with spaces", `POST ${PATH} HTTP/1.1\r\nHost: a b\r\n\r\n`, "Cannot read the request"],
  ["an absolute target that is none", request("", "", "http://[::z]/"), "Cannot read the request"],
  ["the target *", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", "Cannot read the request"],
]);

const METHODS = ["GET", "PUT", "DELETE", "OPTIONS", "TRACE"].map((method): Row => [
  method,
  `${method} ${PATH} HTTP/1.1\r\nHost: x\r\nX-Secret: planted\r\n\r\n`,
  `UNIMPLEMENTED: Cannot ${method} "${PATH}": it is called by POST`,
]);

const PATHS = rows(404, "kept", [
  ["a path to a file", post("{}", "", "/../../etc/passwd"), 'Cannot find "/etc/passwd"'],
  ["an escaped NUL in the path", post("{}", "", `${PATH}%00`), "NOT_FOUND: Cannot find"],
  ["an escape in the path that is none", post("{}", "", "/gr%zz"), "NOT_FOUND: Cannot find"],
  ["bytes in the path that are no UTF-8", post("{}", "", "/gr%ff"), "NOT_FOUND: Cannot find"],
]);

const OTHERS: MalformedRequest[] = [
  ...rows(405, "kept", METHODS),
  ...rows(405, "closed", [[
    "CONNECT",
    "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n",
    "UNIMPLEMENTED",
  ]]),
  ...rows(417, "closed", [["an unknown Expect", request("Expect: tea\r\n"), "100-continue"]]),
  ...rows(501, "closed", [
    ["compressed chunks", request("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), CODING],
    ["a coding that is not known", request("Transfer-Encoding: xchunked\r\n"), CODING],
  ]),
  ...rows(408, "closed", [
    ["slow headers", "GET /healthz HTTP/1.1\r\nHo", "DEADLINE_EXCEEDED: Cannot read the request"],
    [
      "a slow body",
      request("Content-Length: 9\r\n", "{"),
      "DEADLINE_EXCEEDED: Cannot read the body",
    ],
    ["slow chunks", chunked("2\r\n{"), "DEADLINE_EXCEEDED: Cannot read the body"],
  ]).map((one) => ({ ...one, slow: true as const })),
];

/** The classes, each by one request. */
export const MALFORMED_REQUESTS: readonly MalformedRequest[] = [
  ...BODIES,
  ...UNSUPPORTED,
  ...LONG,
  ...SMUGGLED,
  ...VERSIONS,
  ...HEADS,
  ...HOSTS,
  ...PATHS,
  ...OTHERS,
];

/** What looks odd and is as it should be: answered with 200. */
export const ODD_REQUESTS: readonly [title: string, bytes: string | Uint8Array][] = [
  ["a byte order mark", post('\ufeff{"name":"Ann"}')],
  ["no body", request("")],
  ["chunks", chunked('7\r\n{"name"\r\n7;x=y\r\n:"Ann"}\r\n0\r\nA: b\r\n\r\n')],
  ["an absolute target", post('{"name":"Ann"}', "", `http://elsewhere${PATH}`)],
  ["Expect: 100-continue", post('{"name":"Ann"}', "Expect: 100-continue\r\n")],
  ["an upgrade to what is not there", post("{}", "Connection: Upgrade\r\nUpgrade: h2c\r\n")],
  ["empty lines before it", `\r\n\r\n${request("")}`],
];
