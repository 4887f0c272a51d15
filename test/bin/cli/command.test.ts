import { command, nodeProblem, UsageError } from '../../../bin/cli/command';
import { runMain } from '../../helpers/run-main';

const greet = command({
  help: 'Usage: greet',
  options: { name: { type: 'string', default: 'world' }, loud: { type: 'boolean', default: false } },
  run: ({ name, loud }, { print }) => {
    if (name === 'nobody') throw new UsageError('--name must be a person\nor a thing');
    if (name === 'bug') throw new TypeError('defect');
    print(`Hello ${loud ? name.toUpperCase() : name}`);
    return 3;
  },
});

describe('a command', () => {
  test('gets the values of its options and ends with the exit code of its work', async () => {
    expect(await runMain(greet)).toEqual({ code: 3, out: 'Hello world', errors: [] });
    expect(await runMain(greet, '--name', 'Ada', '--loud')).toMatchObject({ out: 'Hello ADA' });
  });

  test('prints its help and does not work', async () => {
    expect(await runMain(greet, '--name', 'bug', '--help')).toEqual({
      code: 0,
      out: 'Usage: greet',
      errors: [],
    });
  });

  test('fails with every line of an error that the user can correct', async () => {
    expect(await runMain(greet, '--name', 'nobody')).toEqual({
      code: 1,
      out: '',
      errors: ['--name must be a person', 'or a thing'],
    });
  });

  test('fails on an unknown option', async () => {
    expect(await runMain(greet, '--shout')).toEqual({
      code: 1,
      out: '',
      errors: ["Unknown option '--shout'; see --help"],
    });
  });

  test('throws a defect', async () => {
    await expect(runMain(greet, '--name', 'bug')).rejects.toThrow(TypeError);
  });
});

describe('the version of Node', () => {
  test.each(['22.19.0', '22.20.1', '23.0.0', '24.21.0', '100.0.0'])('%s is new enough', (version) => {
    expect(nodeProblem(version, '/repository/bin/synth.ts')).toBeUndefined();
  });

  test.each([
    ['20.20.2', '/repository/bin/synth.ts', 'npm run synth'],
    ['22.18.9', '/repository/bin/db-up.ts', 'npm run db:up'],
    ['22.0.0', 'bench/scaler.ts', 'npm run bench:scaler'],
    ['22.0.0', 'build-service.ts', 'npm run build:service'],
    ['9.11.2', '/repository/bin/app.ts', 'npx cdk'],
  ])('%s fails, and the remedy names the command', (version, script, way) => {
    expect(nodeProblem(version, script)).toBe(
      `Node ${version} is too old: 22.19 or later is needed; ` +
        `run it as ${way}, which brings its own Node, or install Node 24`,
    );
  });
});
