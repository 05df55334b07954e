/**
 * Gives the most calls that one flow of a sandbox may have in flight: all where it is alone, else as
 * many as there are places left. So a flow that waits for a silent provider takes half of them, two
 * such take two thirds, and some are always left for the others. (The dynamic threshold of switches:
 * Choudhury and Hahne, IEEE/ACM Transactions on Networking 6, 1998.)
 */
export function fairShare(
  maxCalls: number,
  { inFlight, flows }: { inFlight: number; flows: number },
): number {
  return flows > 1 ? maxCalls - inFlight : maxCalls;
}
