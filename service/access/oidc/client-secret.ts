import { OidcUnavailableError } from './oidc-error';

export interface ClientSecretProps {
  /** Reads the secret, such as from Secrets Manager. */
  readonly read: () => Promise<string>;
  readonly now: () => Date;
}

/** How long the secret is used before it is read again, ms. */
const FRESH_MS = 60_000;

/** The client's secret, read at the first log-in and again each minute; a former one counts while it cannot be read. */
export class ClientSecret {
  private known: { readonly secret: string; readonly at: number } | undefined;
  private reading: Promise<string> | undefined;

  constructor(private readonly props: ClientSecretProps) {}

  /** @throws OidcUnavailableError where it was never read, and cannot be */
  readonly value = async (): Promise<string> => {
    const { known } = this;
    if (known !== undefined && this.props.now().getTime() - known.at < FRESH_MS) return known.secret;
    this.reading ??= this.read(known?.secret).finally(() => {
      this.reading = undefined;
    });
    return this.reading;
  };

  private async read(former: string | undefined): Promise<string> {
    const { read, now } = this.props;
    const secret = await read().then(
      (text) => text.trim(),
      (cause: unknown) => {
        if (former !== undefined) return former;
        throw new OidcUnavailableError('the secret of the client cannot be read', { cause });
      },
    );
    if (secret === '') throw new OidcUnavailableError('the secret of the client is empty: put it in');
    this.known = { secret, at: now().getTime() };
    return secret;
  }
}
