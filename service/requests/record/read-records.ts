import { MalformedRecord } from './rejection';

/**
 * Elements of an NDJSON body, one a line; empty lines are skipped. A line that is no JSON stands in the list as a
 * `MalformedRecord`, so that the others are stored. Reading ends after one element more than the bound: a body of
 * short lines would otherwise take more memory than the process has.
 * @param maxRecords most elements of a call; by default 1000
 */
export function readNdjson(body: string, maxRecords = 1000): unknown[] {
  const records: unknown[] = [];
  for (let start = 0; start < body.length && records.length <= maxRecords; ) {
    const newline = body.indexOf('\n', start);
    const end = newline < 0 ? body.length : newline;
    const line = body.slice(start, end);
    if (line.trim() !== '') records.push(readLine(line));
    start = end + 1;
  }
  return records;
}

function readLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    // The engine's own message quotes the line, and with it perhaps a prompt.
    const [, position] = /at position (\d+)/.exec((error as Error).message) ?? [];
    const place = position === undefined ? 'it ends too early' : `see character ${position}`;
    return new MalformedRecord(`The line is no JSON: ${place}`);
  }
}
