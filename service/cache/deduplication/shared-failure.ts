/** The work of another pod failed; its error, as far as it could be sent. */
export class SharedFailure extends Error {
  override readonly name = 'SharedFailure';

  constructor(
    message: string,
    /** Name of the error's class. */
    readonly originalName: string,
    /** Code of the error, where it has one. */
    readonly code: string | undefined,
  ) {
    super(message);
  }
}

/** Text of an error for other pods: name, message and code, no stack. */
export function encodeFailure(error: unknown): string {
  const { name, message, code }: Error & { code?: unknown } =
    error instanceof Error ? error : new Error(String(error));
  return JSON.stringify({ name, message, ...(typeof code === 'string' && { code }) });
}

/** The error of a text of `encodeFailure`. */
export function decodeFailure(text: string): Error {
  const { name, message, code } = JSON.parse(text) as { name: string; message: string; code?: string };
  return new SharedFailure(message, name, code);
}
