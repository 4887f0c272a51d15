import { gatewaySettings, type LocalProvider } from '../../../bin/local/platform/provider-settings';
import { type LocalServers, serviceSettings } from '../../../bin/local/platform/service-settings';
import { environments } from '../../../lib/config/environments';
import { loadEnvironment } from '../../../lib/config/resolve-config';
import { readConfig } from '../../../service/config';

const SERVERS: LocalServers = {
  databasePort: 54_330,
  databasePassword: 'secret',
  cache: { port: 6379, cluster: false },
  secretFile: '/tmp/gateway-secret.json',
  gateway: gatewaySettings({ kind: 'simulated' }, 'http://127.0.0.1:4010').variables,
  overrides: {},
  searchPath: '/usr/bin',
};

describe.each(Object.keys(environments))('settings of %s on a laptop', (name) => {
  const { environment, replaced } = serviceSettings(loadEnvironment(name), SERVERS);

  test('are all that the service needs', () => {
    const pod = { ...environment, HOSTNAME: 'api-1', GATEWAY_JOURNAL_FOLDER: '/tmp/journal' };
    expect(readConfig(pod).environment).toBe(name);
  });

  test('differ from the ConfigMap in addresses, log-ins, TLS, providers, drain and log only', () => {
    const allowed =
      /^(DATABASE_(HOST|PORT|NAME|AUTHENTICATION|SSLMODE|READER_SSLMODE)|CACHE_(HOST|PORT|AUTHENTICATION|TLS|CLUSTER_MODE)|GATEWAY_(SECRET_FILE|DRAIN_SECONDS|PROVIDERS|MODELS)|AWS_EMF_ENVIRONMENT|LOG_LEVEL)$/;
    expect(replaced.map((setting) => setting.name).filter((one) => !allowed.test(one))).toEqual([]);
    expect(replaced.map((setting) => setting.name)).toContain('DATABASE_HOST');
  });

  test('name no password in what they replace', () => {
    expect(JSON.stringify(replaced)).not.toContain('secret"');
  });
});

test('a setting of the caller wins', () => {
  const { environment } = serviceSettings(loadEnvironment('dev'), {
    ...SERVERS,
    overrides: { LOG_LEVEL: 'debug' },
  });
  expect(environment['LOG_LEVEL']).toBe('debug');
});

test.each<[what: string, provider: LocalProvider, openai: string | undefined, anthropic: string | undefined]>(
  [
    ['the simulated provider', { kind: 'simulated' }, 'http://127.0.0.1:4010/v1', 'http://127.0.0.1:4010'],
    [
      "somebody's own",
      { kind: 'upstream', url: 'http://127.0.0.1:9/' },
      'http://127.0.0.1:9/v1',
      'http://127.0.0.1:9',
    ],
    [
      'one with a version',
      { kind: 'upstream', url: 'http://127.0.0.1:9/v1' },
      'http://127.0.0.1:9/v1',
      'http://127.0.0.1:9',
    ],
    ['real ones', { kind: 'real', openai: { key: 'sk' }, anthropic: null }, undefined, undefined],
  ],
)(
  '%s gets the addresses that the clients of OpenAI and Anthropic would take',
  (_, provider, openai, anthropic) => {
    const { variables, keys } = gatewaySettings(provider, 'http://127.0.0.1:4010');
    const providers: { name: string; baseUrl?: string }[] = JSON.parse(
      String(variables['GATEWAY_PROVIDERS']),
    );
    const of = (name: string) => providers.find((one) => one.name === name)?.baseUrl;
    expect([of('openai'), of('anthropic')]).toEqual([openai, anthropic]);
    expect(Object.keys(keys)).toEqual(providers.map(({ name }) => name));
  },
);
