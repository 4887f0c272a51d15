import type { ConnectionOptions } from 'node:tls';
import { type IamTokenRequest, iamToken } from './iam-token';
import type { UserSecret } from './user-secret';

/** How a pool logs in. */
export interface DatabaseLogin {
  /** Hosts of equal servers; new connections take them in turn. */
  readonly hosts: readonly string[];
  /** TCP port. */
  readonly port: number;
  /** Name of the PostgreSQL database. */
  readonly database: string;
  /** PostgreSQL role. */
  readonly user: string;
  /** Where passwords come from; undefined: the server trusts the user. */
  readonly password: PasswordSource | undefined;
  /** TLS options; false connects without TLS, as to PgBouncer in the same cluster. */
  readonly tls: ConnectionOptions | false;
}

/** Gives the password for each new connection. */
export interface PasswordSource {
  /** Password for a log-in to `host`. */
  current(host: string): Promise<string>;
  /**
   * The server refused the last password.
   * @returns whether `current` may give another one now, so that a second attempt makes sense
   */
  refused(): boolean;
}

/** IAM tokens: signed for each connection, without a network call, because they expire after 15 minutes. */
export class IamTokens implements PasswordSource {
  constructor(
    private readonly request: Omit<IamTokenRequest, 'credentials' | 'host'>,
    private readonly credentials: () => Promise<IamTokenRequest['credentials']>,
    private readonly now: () => Date,
  ) {}

  async current(host: string): Promise<string> {
    return iamToken({ ...this.request, host, credentials: await this.credentials() }, this.now());
  }

  refused(): boolean {
    return false;
  }
}

/** Shortest time between two reads of a secret, ms: a password that stays wrong must not flood Secrets Manager. */
const REREAD_MS = 5000;

/** A password in a secret: read once, and again when the server refuses it, because it may have been rotated. */
export class SecretPassword implements PasswordSource {
  private secret: Promise<UserSecret> | undefined;
  private readAt = 0;

  /** @param read reads the secret */
  constructor(
    private readonly read: () => Promise<UserSecret>,
    private readonly now: () => Date,
  ) {}

  async current(): Promise<string> {
    this.secret ??= this.readNow();
    return (await this.secret).password;
  }

  refused(): boolean {
    if (this.now().getTime() - this.readAt < REREAD_MS) return false;
    this.secret = undefined;
    return true;
  }

  private readNow(): Promise<UserSecret> {
    this.readAt = this.now().getTime();
    const secret = this.read();
    // A failed read must not be remembered.
    secret.catch(() => {
      this.secret = undefined;
    });
    return secret;
  }
}
