import { MalformedRecord } from './rejection';

/**
 * Elements of an NDJSON body, one a line; empty lines are skipped. A line that is no JSON stands in the list as a
 * `MalformedRecord`, so that the others are stored.
 */
export function readNdjson(body: string): unknown[] {
  const lines = body.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => {
    try {
      return JSON.parse(line);
    } catch (error) {
      // The engine's own message quotes the line, and with it perhaps a prompt.
      const [, position] = /at position (\d+)/.exec((error as Error).message) ?? [];
      const place = position === undefined ? 'it ends too early' : `see character ${position}`;
      return new MalformedRecord(`The line is no JSON: ${place}`);
    }
  });
}
