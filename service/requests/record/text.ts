import type { z } from 'zod';

/** What PostgreSQL does not store in a text. */
export type TextProblem = 'nul_byte' | 'lone_surrogate';

const MESSAGES: Readonly<Record<TextProblem, string>> = {
  nul_byte: 'must not contain the NUL character (U+0000), which PostgreSQL does not store',
  lone_surrogate: 'must not contain half of a surrogate pair, which is no Unicode text',
};

/** Why PostgreSQL would not store a text; undefined for a text that it stores. */
export function textProblem(text: string): TextProblem | undefined {
  if (text.includes('\u0000')) return 'nul_byte';
  return text.isWellFormed() ? undefined : 'lone_surrogate';
}

/** Refinement of a string: no NUL character, no lone surrogate. */
export function checkText(text: string, context: z.RefinementCtx): void {
  const code = textProblem(text);
  if (code !== undefined) context.addIssue({ code: 'custom', params: { code }, message: MESSAGES[code] });
}

/** A text that PostgreSQL stores: what it refuses becomes U+FFFD. */
export function storableText(text: string): string {
  return text.toWellFormed().replaceAll('\u0000', '\uFFFD');
}
