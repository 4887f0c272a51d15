import { settingsOf } from '../../k8s/charts/settings';
import { loadEnvironment } from '../../lib/config/resolve-config';
import { readConfig, SERVICE_VARIABLES, ServiceConfigError } from '../../service/config';

const ENDPOINTS = { DATABASE_HOST: 'db.example.com', CACHE_HOST: 'cache.example.com' };

/** Problems of the settings of dev with changes. */
function problemsOf(changes: Record<string, string | undefined>): readonly string[] {
  try {
    readConfig({ ...settingsOf(loadEnvironment('dev')), ...ENDPOINTS, ...changes });
    return [];
  } catch (error) {
    if (error instanceof ServiceConfigError) return error.problems;
    throw error;
  }
}

test.each(['dev', 'staging', 'prod'])(
  'the rendered settings of %s are valid, and the service reads each',
  (name) => {
    const settings = settingsOf(loadEnvironment(name));
    expect(readConfig({ ...settings, ...ENDPOINTS })).toMatchObject({ environment: name });
    const known: readonly string[] = SERVICE_VARIABLES;
    expect(Object.keys(settings).filter((variable) => !known.includes(variable))).toEqual([]);
  },
);

test('all wrong variables are reported at once, each with its range and value', () => {
  expect(problemsOf({ PORT: '0x50', DB_POOL_MAX: '0', CACHE_TLS: 'yes', DATABASE_NAME: undefined })).toEqual([
    'environment variable PORT must be a whole number from 0 to 65535, got "0x50"',
    expect.stringContaining('environment variable DATABASE_NAME must be a name'),
    'environment variable DB_POOL_MAX must be a whole number from 1 to 1000, got "0"',
    'environment variable CACHE_TLS must be one of true, false, got "yes"',
  ]);
});

test.each([
  [{ DB_POOL_MIN: '30' }, 'DB_POOL_MIN must be at most DB_POOL_MAX (20), got 30'],
  [{ CACHE_RETRY_STEP_MS: '9000' }, 'CACHE_RETRY_STEP_MS must be at most CACHE_RETRY_MAX_MS'],
  [
    { GATEWAY_SILENCE_TIMEOUT_MS: '600001' },
    'GATEWAY_SILENCE_TIMEOUT_MS must be at most GATEWAY_LONGEST_CALL_SECONDS (600 s), got 600001',
  ],
  [
    {
      GATEWAY_SECRET_ARN: 'arn:aws:secretsmanager:us-east-1:111111111111:secret:keys',
      GATEWAY_SECRET_FILE: '/keys.json',
    },
    'GATEWAY_SECRET_FILE must be absent beside GATEWAY_SECRET_ARN',
  ],
  [{ AWS_EMF_ENVIRONMENT: 'Agent', AWS_EMF_AGENT_ENDPOINT: '' }, 'AWS_EMF_AGENT_ENDPOINT must be set'],
])('%j is refused', (changes, message) => {
  expect(problemsOf({ DB_POOL_MAX: '20', ...changes })).toEqual([expect.stringContaining(message)]);
});

describe('providers and models', () => {
  const config = (changes: Record<string, string>) =>
    readConfig({ ...settingsOf(loadEnvironment('dev')), ...ENDPOINTS, ...changes }).gateway;

  test('have their defaults filled in', () => {
    const { providers, models } = config({
      GATEWAY_PROVIDERS: '[{"name":"anthropic","type":"anthropic"},{"name":"aws","type":"bedrock"}]',
      GATEWAY_MODELS: '[{"match":"claude-*","provider":"anthropic"}]',
    });
    expect(providers).toEqual([
      { name: 'anthropic', type: 'anthropic', baseUrl: 'https://api.anthropic.com', region: null },
      { name: 'aws', type: 'bedrock', baseUrl: null, region: null },
    ]);
    expect(models).toEqual([
      { match: 'claude-*', provider: 'anthropic', model: null, fallbacks: [], maxOutputTokens: null },
    ]);
  });

  test('of the rendered settings name the provider of each model that is known today', () => {
    const { providers, models } = config({});
    expect(providers.map(({ name, baseUrl, region }) => [name, baseUrl, region])).toEqual([
      ['openai', 'https://api.openai.com/v1', null],
      ['anthropic', 'https://api.anthropic.com', null],
      ['bedrock', null, 'us-east-1'],
    ]);
    const byMatch = Object.fromEntries(models.map(({ match, provider }) => [match, provider]));
    expect(byMatch).toMatchObject({
      'gpt-*': 'openai',
      'claude-*': 'anthropic',
      'anthropic.*': 'bedrock',
      'us.anthropic.*': 'bedrock',
      'global.anthropic.*': 'bedrock',
    });
    expect(byMatch).not.toHaveProperty('eu.anthropic.*');
  });

  test.each([
    ['GATEWAY_PROVIDERS', 'openai', /^must be a JSON array: /],
    ['GATEWAY_PROVIDERS', '{}', /^must be a JSON array of 1 or more entries: /],
    ['GATEWAY_PROVIDERS', '[]', /^must be a JSON array of 1 or more entries: /],
    [
      'GATEWAY_PROVIDERS',
      '[{"name":"x","type":"azure"}]',
      /^entry 0 \("x"\): type must be one of openai, anthropic, bedrock, got "azure"$/,
    ],
    [
      'GATEWAY_PROVIDERS',
      '[{"name":"x","type":"openai","baseUrl":"https://x.example/v1/"}]',
      /^entry 0 \("x"\): baseUrl must be an http or https address .*, got "https:\/\/x\.example\/v1\/"$/,
    ],
    ['GATEWAY_PROVIDERS', '[{"name":"x","type":"openai","apiKey":"sk"}]', /^entry 0 \("x"\): .*apiKey/],
    ['GATEWAY_MODELS', '[{"match":"gpt-*"}]', /^entry 0 \("gpt-\*"\): provider .*, got nothing$/],
  ])('of %s are refused: %s', (variable, value, message) => {
    const [problem = '', ...others] = problemsOf({ [variable]: value });
    expect(others).toEqual([]);
    expect(problem.replace(`environment variable ${variable} `, '')).toMatch(message);
  });

  test('have names that fit together', () => {
    expect(
      problemsOf({
        GATEWAY_PROVIDERS: '[{"name":"a","type":"openai"},{"name":"a","type":"anthropic"}]',
        GATEWAY_MODELS:
          '[{"match":"x","provider":"b","fallbacks":[{"provider":"c","model":"y"}]},{"match":"z","provider":"a"}]',
      }),
    ).toEqual([
      'environment variable GATEWAY_PROVIDERS must have each name once, got "a" twice',
      'environment variable GATEWAY_MODELS must name providers of GATEWAY_PROVIDERS (a, a), got "b" in the entry "x"',
      'environment variable GATEWAY_MODELS must name providers of GATEWAY_PROVIDERS (a, a), got "c" in the entry "x"',
    ]);
  });
});
