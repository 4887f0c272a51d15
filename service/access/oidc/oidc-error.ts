/** Why a log-in fails. */
export type LoginErrorCode =
  /** The log-in is unknown, over, used or forged: the person may begin again. */
  | 'login_failed'
  /** The provider or the configuration refuses the person. */
  | 'login_refused';

/** A log-in that fails; `message` is for the person, `reason` for the log. */
export class LoginError extends Error {
  override readonly name = 'LoginError';

  constructor(
    readonly code: LoginErrorCode,
    message: string,
    /** What was wrong; never a token or a code. */
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The provider cannot be reached, or answers what no provider answers. */
export class OidcUnavailableError extends Error {
  override readonly name = 'OidcUnavailableError';
}
