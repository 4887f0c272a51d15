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
      (error: unknown) => {
        if (former === undefined) throw error;
        return former;
      },
    );
    if (secret === '') throw new Error("the secret of the identity provider's client is empty: put it in");
    this.known = { secret, at: now().getTime() };
    return secret;
  }
}
