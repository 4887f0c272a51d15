import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Which providers the local gateway calls. */
export type LocalProvider =
  /** The simulated provider of this project; `behaviour` in the words of `npm run simulate:provider -- --help`. */
  | { readonly kind: 'simulated'; readonly behaviour?: string }
  /** One address for all providers, such as a stand-in of one's own: http://127.0.0.1:9999 */
  | { readonly kind: 'upstream'; readonly url: string }
  /** Real providers with the keys of the environment. */
  | {
      readonly kind: 'real';
      readonly openai: ProviderAccess | null;
      readonly anthropic: ProviderAccess | null;
    };

/** Key and address of a real provider. */
export interface ProviderAccess {
  readonly key: string;
  /** Address in the form that the provider's own client takes. @default - the provider's */
  readonly baseUrl?: string;
}

/** What the gateway is configured with. */
export interface GatewaySettings {
  /** Environment variables of the service. */
  readonly variables: Readonly<Record<string, string>>;
  /** Keys by the provider's name, for the secret's file. */
  readonly keys: Readonly<Record<string, string>>;
}

/** Writes the secret with the providers' keys, as Secrets Manager has it in the cloud. @returns its file */
export function writeGatewaySecret(folder: string, keys: GatewaySettings['keys']): string {
  const file = join(folder, 'gateway-secret.json');
  const secret = {
    webhook_signing_key: randomBytes(32).toString('base64url'),
    providers: keys,
    projects: {},
  };
  writeFileSync(file, JSON.stringify(secret), { mode: 0o600 });
  return file;
}

/** A provider in `GATEWAY_PROVIDERS`. */
interface ProviderEntry {
  readonly name: 'openai' | 'anthropic';
  readonly type: 'openai' | 'anthropic';
  readonly baseUrl?: string;
}

/** @param simulatedUrl address of the simulated provider, where it is the one that is called */
export function gatewaySettings(provider: LocalProvider, simulatedUrl: string | null): GatewaySettings {
  const all = entriesOf(provider, simulatedUrl);
  const has = (name: string) => all.some(({ entry }) => entry.name === name);
  return {
    variables: {
      GATEWAY_PROVIDERS: JSON.stringify(all.map(({ entry }) => entry)),
      GATEWAY_MODELS: JSON.stringify([
        ...(has('anthropic') ? [{ match: 'claude-*', provider: 'anthropic' }] : []),
        // Any other name: the simulated provider takes its behaviour from it.
        ...(has('openai') ? [{ match: '*', provider: 'openai' }] : []),
      ]),
    },
    keys: Object.fromEntries(all.map(({ entry, key }) => [entry.name, key])),
  };
}

function entriesOf(
  provider: LocalProvider,
  simulatedUrl: string | null,
): readonly { readonly entry: ProviderEntry; readonly key: string }[] {
  if (provider.kind === 'real') {
    const { openai, anthropic } = provider;
    return [
      ...(openai === null ? [] : [{ entry: entry('openai', openai.baseUrl), key: openai.key }]),
      ...(anthropic === null ? [] : [{ entry: entry('anthropic', anthropic.baseUrl), key: anthropic.key }]),
    ];
  }
  const url = withoutSlash(provider.kind === 'upstream' ? provider.url : String(simulatedUrl));
  return [
    // The clients' own forms: OpenAI's base URL ends with the version, Anthropic's does not.
    { entry: entry('openai', url.endsWith('/v1') ? url : `${url}/v1`), key: 'local' },
    { entry: entry('anthropic', url.replace(/\/v1$/, '')), key: 'local' },
  ];
}

function entry(name: ProviderEntry['name'], baseUrl: string | undefined): ProviderEntry {
  return { name, type: name, ...(baseUrl !== undefined && { baseUrl: withoutSlash(baseUrl) }) };
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}
