/** A message in one line, to compare what was shown with what the protocol allows. */
export function lineOf(
  opCode: number,
  more: boolean,
  id: bigint,
  headers: [string, string][],
  body: Uint8Array,
): string {
  return [opCode, more, id, JSON.stringify(headers), Buffer.from(body).toString('latin1')]
    .map(String)
    .join(' ');
}
