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
      return new MalformedRecord(`The line is no JSON: ${(error as Error).message.slice(0, 200)}`);
    }
  });
}
