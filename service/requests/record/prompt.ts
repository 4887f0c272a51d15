/** Longest prompt that is stored, bytes in UTF-8. */
export const DEFAULT_MAX_PROMPT_BYTES = 65_536;

/** What stands behind a prompt that was cut. */
const CUT_NOTE = /\n\[cut: the prompt has \d+ bytes\]$/;

/** Longest note, characters. */
const MAX_NOTE = 60;

/**
 * A prompt in the length that is stored. A longer one is cut between two characters and ends with a note of its length.
 * A prompt that was cut to this length before stays as it is.
 * @param maxBytes longest result, bytes in UTF-8, without the note
 */
export function cutPrompt(prompt: string, maxBytes: number): string {
  // A UTF-16 unit has at most three bytes, so short texts need no count.
  if (prompt.length * 3 <= maxBytes) return prompt;
  const bytes = Buffer.byteLength(prompt);
  if (bytes <= maxBytes || wasCut(prompt, bytes, maxBytes)) return prompt;
  const { read } = new TextEncoder().encodeInto(prompt, new Uint8Array(maxBytes));
  return `${prompt.slice(0, read)}\n[cut: the prompt has ${bytes} bytes]`;
}

function wasCut(prompt: string, bytes: number, maxBytes: number): boolean {
  const [note] = CUT_NOTE.exec(prompt.slice(-MAX_NOTE)) ?? [];
  return note !== undefined && bytes - note.length <= maxBytes;
}
