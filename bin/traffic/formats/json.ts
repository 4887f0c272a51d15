import type { z } from 'zod';
import { UsageError } from '../../cli/command';

/** @throws UsageError naming the line, where the text is no JSON */
export function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const { message } = cause as Error;
    const [, position] = / at position (\d+)/.exec(message) ?? [];
    const line = position === undefined ? '' : `:${text.slice(0, Number(position)).split('\n').length}`;
    throw new UsageError(
      `${file}${line}: not valid JSON (${message.split('\n')[0]}); is the file complete, and one answer only?`,
      { cause },
    );
  }
}

/** @throws UsageError naming the first fields that are not as the format has them */
export function parseAs<T>(schema: z.ZodType<T>, content: unknown, format: string, file: string): T {
  const parsed = schema.safeParse(content);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues
    .slice(0, 5)
    .map(({ path, message }) => `${file}: ${pathOf(path)}: not as in ${format}: ${message}`);
  throw new UsageError(lines.join('\n'));
}

function pathOf(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${String(key)}`))
    .join('');
}
