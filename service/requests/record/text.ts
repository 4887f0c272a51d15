import type { z } from 'zod';

/** What PostgreSQL does not store in a text. */
export type TextProblem = 'nul_byte' | 'lone_surrogate';

const MESSAGES: Readonly<Record<TextProblem, string>> = {
  nul_byte: 'must not contain the NUL character (U+0000), which PostgreSQL does not store',
  lone_surrogate: 'must not contain half of a surrogate pair, which is no Unicode text',
};

/** With the flag u, halves of a pair are no characters of their own. */
const LONE_SURROGATE = /\p{Surrogate}/u;
const LONE_SURROGATES = /\p{Surrogate}/gu;

/** Why PostgreSQL would not store a text; undefined for a text that it stores. */
export function textProblem(text: string): TextProblem | undefined {
  if (text.includes('\u0000')) return 'nul_byte';
  return LONE_SURROGATE.test(text) ? 'lone_surrogate' : undefined;
}

/** Refinement of a string: no NUL character, no lone surrogate. */
export function checkText(text: string, context: z.RefinementCtx): void {
  const code = textProblem(text);
  if (code !== undefined) context.addIssue({ code: 'custom', params: { code }, message: MESSAGES[code] });
}

/** A text that PostgreSQL stores: what it refuses becomes U+FFFD. */
export function storableText(text: string): string {
  return text.replaceAll(LONE_SURROGATES, '\uFFFD').replaceAll('\u0000', '\uFFFD');
}
