/** Longest prompt that is stored, bytes in UTF-8. */
export const DEFAULT_MAX_PROMPT_BYTES = 65_536;

/**
 * A prompt in the length that is stored. A longer one is cut between two characters and ends with a note of its length.
 * @param maxBytes longest result, bytes in UTF-8, without the note
 */
export function cutPrompt(prompt: string, maxBytes: number): string {
  // A UTF-16 unit has at most three bytes, so short texts need no count.
  if (prompt.length * 3 <= maxBytes) return prompt;
  const bytes = Buffer.byteLength(prompt);
  if (bytes <= maxBytes) return prompt;
  const { read } = new TextEncoder().encodeInto(prompt, new Uint8Array(maxBytes));
  return `${prompt.slice(0, read)}\n[cut: the prompt has ${bytes} bytes]`;
}
