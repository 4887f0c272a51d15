import { resolve } from 'node:path';
import { parseOptions } from '../../../bin/cli/command';
import { OPTIONS, type ProviderEnvironment, startOptions } from '../../../bin/start/start-options';

const read = (argv: string[], environment: ProviderEnvironment = {}) =>
  startOptions(parseOptions(argv, OPTIONS), environment);

test('the defaults are one API process with the settings of dev, a demo, and the simulated provider', () => {
  expect(read([])).toEqual({
    ...{
      folder: resolve('.platform'),
      fresh: false,
      environment: 'dev',
      settings: { OBJECTIVE_REQUESTS_PER_SECOND: '1000' },
      pods: 1,
      records: 200_000,
      json: false,
      autoscaling: null,
    },
    provider: { kind: 'simulated', behaviour: expect.any(String) },
  });
});

test('an environment that is asked for keeps all its settings', () => {
  for (const environment of ['dev', 'prod']) {
    expect(read(['--env', environment])).toMatchObject({ environment, settings: {} });
  }
});

test('--real takes keys and addresses from the variables of the clients, and only those that are set', () => {
  const environment = {
    OPENAI_API_KEY: 'sk-1',
    OPENAI_BASE_URL: 'https://eu.api.openai.com/v1/',
    ANTHROPIC_API_KEY: '',
  };
  expect(read(['--real'], environment).provider).toEqual({
    kind: 'real',
    openai: { key: 'sk-1', baseUrl: 'https://eu.api.openai.com/v1' },
    anthropic: null,
  });
});

test.each<[argv: string[], message: string]>([
  [['--pods', '0'], '--pods must be a whole number between 1 and 8, got 0'],
  [['--pods', '1.5'], '--pods must be a whole number between 1 and 8, got 1.5'],
  [['--records=-1'], '--records must be'],
  [['--env', 'nowhere'], '--env must be one of '],
  [['--upstream', 'localhost:9999'], '--upstream must be an http or https address'],
  [['--upstream', 'http://127.0.0.1:1/?x=1'], '--upstream must be an http or https address'],
  [['--behaviour', 'slowly'], '--behaviour: '],
  [['--real'], '--real needs OPENAI_API_KEY or ANTHROPIC_API_KEY'],
  [['--real', '--upstream', 'http://127.0.0.1:1'], 'one of --real, --upstream and --behaviour at most'],
])('%j fails and names the remedy', (argv, message) => {
  expect(() => read(argv)).toThrow(message);
});
