import { main } from '../../bin/simulate-provider';
import { until } from '../helpers/servers';

/** Runs the command with a way to stop it. */
function start(...argv: string[]) {
  const lines: string[] = [];
  const errors: string[] = [];
  const stop = new AbortController();
  const terminal = {
    print: (line: string) => void lines.push(line),
    printError: (line: string) => void errors.push(line),
  };
  return { lines, errors, stop, code: main(argv, terminal, stop.signal) };
}

test('serves until it is stopped', async () => {
  const { lines, stop, code } = start('--port', '0', '--json', '--behaviour', 'tokens-3');
  await until(async () => expect(lines).toHaveLength(1));
  const { url } = JSON.parse(lines[0] ?? '');
  const answer = await fetch(`${url}/v1/messages`, {
    method: 'POST',
    body: '{"model":"m","max_tokens":9,"messages":[]}',
  });
  expect(await answer.json()).toMatchObject({ usage: { output_tokens: 3 } });
  stop.abort();
  expect(await code).toBe(0);
  await expect(fetch(url)).rejects.toThrow();
});

test.each([
  [['--port', '70000'], /--port must be a whole number between 0 and 65535/],
  [['--behaviour', 'fly-3'], /--behaviour: 'fly' must be one of latency/],
  [['--behaviour', 'latency-x'], /'latency' must be followed by whole numbers between 0 and 600000, got 'x'/],
])('fails on %j with a sentence', async (argv, message) => {
  const { errors, code } = start(...argv);
  expect(await code).toBe(1);
  expect(errors.join('\n')).toMatch(message);
});

test('--help lists the words of behaviours', async () => {
  const { lines, code } = start('--help');
  expect(await code).toBe(0);
  expect(lines.join('\n')).toMatch(/lognormal-<median ms>-<sigma x 100> +time before the first byte/);
});
