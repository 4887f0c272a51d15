import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { isRunning } from '../../../bin/cli/running-process';
import { until } from '../../helpers/servers';

/** A shell that starts a process, prints its id, and never asks how it ended. */
const PARENT = 'sleep 60 & echo $!; exec sleep 60';

test('a process runs until it ends, also while its parent does not notice', async () => {
  const parent = spawn('sh', ['-c', PARENT], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [printed] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(printed.toString());
  expect(isRunning(pid)).toBe(true);
  process.kill(pid, 'SIGKILL');
  await until(async () => expect(isRunning(pid)).toBe(false));
  // The parent runs, and has not noticed.
  expect(isRunning(parent.pid as number)).toBe(true);
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  await until(async () => expect(isRunning(parent.pid as number)).toBe(false));
  expect(isRunning(process.pid)).toBe(true);
});
