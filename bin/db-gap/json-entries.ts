import { UsageError } from '../cli/command';

/**
 * Entries of a file: a JSON array, one JSON document, or NDJSON.
 * @param name of the file, for errors
 * @throws UsageError that names the line
 */
export function jsonEntries(text: string, name: string): readonly unknown[] {
  try {
    const whole: unknown = JSON.parse(text);
    return Array.isArray(whole) ? whole : [whole];
  } catch {
    // Several lines are no JSON document.
  }
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    try {
      return [JSON.parse(line) as unknown];
    } catch (error) {
      throw new UsageError(`${name}, line ${index + 1} must be JSON, got ${line.slice(0, 60)}`, {
        cause: error,
      });
    }
  });
}
