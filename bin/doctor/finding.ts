import { AwsProblem, isMissing } from '../aws/aws-problem';

/**
 * What a check found.
 * - `ok`: the precondition holds.
 * - `later`: nobody can do it before something else is deployed; the message says when.
 * - `unknown`: the check could not be made; the message says why.
 * - `problem`: the precondition does not hold.
 */
export type Status = 'ok' | 'later' | 'unknown' | 'problem';

/** One answer of a check. */
export interface Finding {
  /** Name of the check, such as quotas. */
  readonly check: string;
  readonly status: Status;
  /** What was found, as a sentence. */
  readonly message: string;
  /** What to do, often a command. @default - nothing is to be done */
  readonly remedy?: string;
}

/** A finding without the name of its check, which the runner adds. */
export type Answer = Omit<Finding, 'check'>;

export const ok = (message: string): Answer => ({ status: 'ok', message });

export const problem = (message: string, remedy: string): Answer => ({ status: 'problem', message, remedy });

export const later = (message: string, remedy: string): Answer => ({ status: 'later', message, remedy });

export const unknown = (message: string, remedy?: string): Answer =>
  remedy === undefined ? { status: 'unknown', message } : { status: 'unknown', message, remedy };

/** The answers of a question; a refusal or a failure of AWS makes them unknown, with the reason. */
export async function attempt(
  subject: string,
  question: () => Promise<readonly Answer[]>,
): Promise<Answer[]> {
  try {
    return [...(await question())];
  } catch (error) {
    if (!(error instanceof AwsProblem)) throw error;
    return [unknown(`${subject}: ${error.message}`)];
  }
}

/** Whether AWS says that the thing asked for does not exist, in the words of any service. */
export function isAbsent(error: unknown): boolean {
  return isMissing(error) || (error instanceof AwsProblem && /NotFound|NoSuch/.test(error.code));
}
