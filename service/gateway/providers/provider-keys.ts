import { isJsonObject, objectIn, parseObject, textIn } from '../formats/json';

/** Reads the secret with the providers' keys, as JSON text. */
export type SecretReader = () => Promise<string>;

/** Keys of providers, of the platform and of projects with keys of their own. */
interface Keys {
  readonly text: string;
  readonly providers: ReadonlyMap<string, string>;
  readonly projects: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly webhookSigningKey: string | null;
}

export interface ProviderKeysProps {
  /** Reads the secret. Null where no keys are configured: providers that need one answer without. */
  readonly read: SecretReader | null;
  readonly now: () => Date;
  /** Is told of a secret that cannot be read; the keys in memory stay. */
  readonly onError: (error: unknown) => void;
}

/** The secret cannot be read or has another form. */
export class ProviderSecretError extends Error {
  override readonly name = 'ProviderSecretError';
}

/** How long keys are used before the secret is read again, ms. */
const REFRESH_MS = 60_000;

/** Least time between two reads after refused keys, ms: a wrong key must not ask for the secret with each call. */
const LEAST_RENEWAL_MS = 5000;

const NO_KEYS: Keys = { text: '', providers: new Map(), projects: new Map(), webhookSigningKey: null };

/** The providers' keys, read again each minute and after a provider has refused one. */
export class ProviderKeys {
  private keys = NO_KEYS;
  private readAt = Number.NEGATIVE_INFINITY;
  private reading: Promise<boolean> | undefined;

  constructor(private readonly props: ProviderKeysProps) {}

  /** Key for the calls of a project; null where there is none. */
  async keyFor(provider: string, projectId: string): Promise<string | null> {
    await this.refreshWhenOld();
    return this.keys.projects.get(projectId)?.get(provider) ?? this.keys.providers.get(provider) ?? null;
  }

  /** Key that webhooks are signed with; null where there is none. */
  async webhookSigningKey(): Promise<string | null> {
    await this.refreshWhenOld();
    return this.keys.webhookSigningKey;
  }

  /** Reads the secret again, at most every 5 s. @returns whether it has changed */
  renew(): Promise<boolean> {
    const age = this.props.now().getTime() - this.readAt;
    return age < LEAST_RENEWAL_MS && this.reading === undefined ? Promise.resolve(false) : this.readOnce();
  }

  private async refreshWhenOld(): Promise<void> {
    if (this.props.read === null) return;
    if (this.props.now().getTime() - this.readAt < REFRESH_MS) return;
    const reading = this.readOnce();
    // Calls wait only for the first read; later ones go on with the keys that are known.
    if (this.readAt === Number.NEGATIVE_INFINITY) await reading;
  }

  private readOnce(): Promise<boolean> {
    this.reading ??= this.read().finally(() => {
      this.reading = undefined;
    });
    return this.reading;
  }

  private async read(): Promise<boolean> {
    const { read, now, onError } = this.props;
    if (read === null) return false;
    try {
      const text = await read();
      const isChanged = text !== this.keys.text;
      if (isChanged) this.keys = parseKeys(text);
      this.readAt = now().getTime();
      return isChanged;
    } catch (error) {
      onError(error);
      // A secret that cannot be read is not asked for by each call either.
      this.readAt = now().getTime() - REFRESH_MS + LEAST_RENEWAL_MS;
      return false;
    }
  }
}

/** @throws ProviderSecretError */
function parseKeys(text: string): Keys {
  const secret = parseObject(text);
  if (secret === undefined) throw new ProviderSecretError('the secret of the gateway must be a JSON object');
  const projects = Object.entries(objectIn(secret, 'projects') ?? {});
  return {
    text,
    providers: textsOf(objectIn(secret, 'providers')),
    projects: new Map(projects.map(([id, keys]) => [id, textsOf(isJsonObject(keys) ? keys : undefined)])),
    webhookSigningKey: textIn(secret, 'webhook_signing_key') ?? null,
  };
}

function textsOf(object: Readonly<Record<string, unknown>> = {}): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(object).filter((pair): pair is [string, string] => {
      const [, value] = pair;
      return typeof value === 'string' && value !== '';
    }),
  );
}
