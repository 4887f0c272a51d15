import { parseOptions } from '../../../bin/cli/command';
import { loadOptions, OPTIONS } from '../../../bin/load/load-options';

const parametersOf = (argv: string[], token?: string) => {
  const variables = token === undefined ? {} : { API_TOKEN: token };
  return loadOptions(parseOptions(['--scenario', 'load', ...argv], OPTIONS), variables).plan.parameters;
};

test.each<[argv: string[], token: string | undefined, key: string | undefined]>([
  [['--target', 'http://127.0.0.1:8080'], 'lco_environment', 'lco_environment'],
  [['--target', 'http://127.0.0.1:8080', '-e', 'API_TOKEN=lco_option'], 'lco_environment', 'lco_option'],
  [['--target', 'http://127.0.0.1:8080'], undefined, undefined],
  // The platform has a key of its own.
  [['--target', 'local'], 'lco_environment', undefined],
  [[], 'lco_environment', undefined],
])('%j with API_TOKEN=%s sends the key %s', (argv, token, key) => {
  expect(parametersOf(argv, token)['API_TOKEN']).toBe(key);
});

test('a smoke test of the platform expects no hits, which any other does', () => {
  const target = ['--target', 'local', '--scenario'];
  expect(parametersOf([...target, 'smoke'])['CACHE_HIT_PERCENT']).toBe('0');
  expect(parametersOf([...target, 'spike'])['CACHE_HIT_PERCENT']).toBeUndefined();
});

test.each<[argv: string[], seconds: number]>([
  [['--target', 'local', '--scenario', 'load'], 15],
  [['--target', 'local', '--scenario', 'spike', '--warm-up', '3'], 3],
  [['--target', 'local', '--scenario', 'spike', '--warm-up', '0'], 0],
  // What is asked is whether a platform answers that has just started.
  [['--target', 'local', '--scenario', 'smoke'], 0],
  // A server of yours has its own life before.
  [['--target', 'http://127.0.0.1:8080', '--scenario', 'load'], 0],
])('%j warms up for %d s', (argv, seconds) => {
  expect(loadOptions(parseOptions(argv, OPTIONS)).warmUpSeconds).toBe(seconds);
});

test('fails for a warm-up of a server that the command did not start', () => {
  const argv = ['--scenario', 'load', '--target', 'http://127.0.0.1:8080', '--warm-up', '5'];
  expect(() => loadOptions(parseOptions(argv, OPTIONS))).toThrow('--warm-up needs --target local');
});
