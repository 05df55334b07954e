/** A request that the API server has answered. */
export interface AuditedRequest {
  verb: string;
  /** Who sent it, for example `"system:serviceaccount:default:one"`. */
  user: string;
  resource: string;
  name: string | undefined;
  /** The HTTP status. */
  code: number;
  /** When it arrived, in milliseconds since 1970. */
  arrived: number;
}

/** Reads an audit log of level Metadata, requests in the order of their arrival. */
export async function readAuditLog(path: string): Promise<AuditedRequest[]> {
  const text = await Deno.readTextFile(path);
  // The last line may be half written.
  const lines = text.slice(0, text.lastIndexOf("\n")).split("\n");
  return lines.map((line) => JSON.parse(line))
    .filter(({ stage, objectRef }) => stage === "ResponseComplete" && objectRef !== undefined)
    .map(({ verb, user, objectRef, responseStatus, requestReceivedTimestamp }) => ({
      verb,
      user: user.username,
      resource: objectRef.resource,
      name: objectRef.name,
      code: responseStatus?.code ?? 0,
      arrived: Date.parse(requestReceivedTimestamp),
    }))
    .sort((a, b) => a.arrived - b.arrived);
}
