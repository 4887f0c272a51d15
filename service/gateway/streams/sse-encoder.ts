/**
 * The bytes of an event.
 * @param event value of the `event:` line; empty for none
 * @param data text; each of its lines gets a `data:` line of its own
 */
export function encodeEvent(event: string, data: string): Uint8Array {
  const name = event === '' ? '' : `event: ${event}\n`;
  const lines = data.includes('\n') || data.includes('\r') ? data.split(/\r\n|\n|\r/) : [data];
  return Buffer.from(`${name}${lines.map((line) => `data: ${line}\n`).join('')}\n`);
}

/** The bytes of a comment, which clients ignore: it keeps a silent connection open. */
export function encodeComment(text: string): Uint8Array {
  return Buffer.from(`: ${text.replaceAll(/[\r\n]+/g, ' ')}\n\n`);
}
