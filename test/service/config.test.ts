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
  [{ AWS_EMF_ENVIRONMENT: 'Agent', AWS_EMF_AGENT_ENDPOINT: '' }, 'AWS_EMF_AGENT_ENDPOINT must be set'],
])('%j is refused', (changes, message) => {
  expect(problemsOf({ DB_POOL_MAX: '20', ...changes })).toEqual([expect.stringContaining(message)]);
});
