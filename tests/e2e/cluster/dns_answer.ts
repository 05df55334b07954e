/** Gives the address that a name has in the cluster; undefined where there is no such name. */
export type Lookup = (name: string) => string | undefined;

const HEADER = 12;
const A = 1;
const NO_SUCH_NAME = 3;
/** Seconds for which an answer may be kept, as CoreDNS has it. */
const TTL = 5;

/**
 * Answers a DNS query of one question as the DNS of a cluster does (RFC 1035, section 4): names that
 * it knows have one address of IPv4, and no other records.
 */
export function dnsAnswer(query: Uint8Array, lookup: Lookup): Uint8Array {
  const view = new DataView(query.buffer, query.byteOffset, query.byteLength);
  const labels: string[] = [];
  let at = HEADER;
  for (let length = query[at]!; length > 0; length = query[at]!) {
    labels.push(new TextDecoder().decode(query.subarray(at + 1, at + 1 + length)));
    at += 1 + length;
  }
  const type = view.getUint16(at + 1);
  const question = query.subarray(HEADER, at + 5);
  const address = lookup(labels.join(".").toLowerCase());
  const answers = address !== undefined && type === A ? 1 : 0;
  const answer = new Uint8Array(HEADER + question.length + answers * 16);
  const out = new DataView(answer.buffer);
  out.setUint16(0, view.getUint16(0));
  // A response, authoritative, with recursion where it was asked for.
  out.setUint8(2, 0x84 | view.getUint8(2) & 1);
  out.setUint8(3, 0x80 | (address === undefined ? NO_SUCH_NAME : 0));
  out.setUint16(4, 1);
  out.setUint16(6, answers);
  answer.set(question, HEADER);
  if (answers === 1) {
    const record = HEADER + question.length;
    // The name is the one of the question.
    out.setUint16(record, 0xc000 | HEADER);
    out.setUint16(record + 2, A);
    out.setUint16(record + 4, 1);
    out.setUint32(record + 6, TTL);
    out.setUint16(record + 10, 4);
    answer.set(address!.split(".").map(Number), record + 12);
  }
  return answer;
}
