import { isRunning } from '../../bin/cli/running-process';
import { until } from '../helpers/servers';
import { type StartedPlatform, startCommand } from '../helpers/start-command';

describe('npm start leaves nothing running', () => {
  let platform: StartedPlatform | undefined;

  afterEach(() => platform?.remove());

  const start = async (...options: string[]) => {
    platform = await startCommand(['--records', '0', ...options]);
    return platform;
  };

  const allEnd = (pids: readonly number[]) => until(async () => expect(pids.filter(isRunning)).toEqual([]));

  test('when Ctrl-C is pressed twice', async () => {
    const { state, pid, kill } = bound(await start());
    kill('SIGINT');
    kill('SIGINT');
    await allEnd([...state.pids, pid]);
  });

  test('when one of its processes has crashed, whose last lines it shows while the others go on', async () => {
    const started = await start();
    const [api, ...others] = started.state.pids as [number, ...number[]];
    process.kill(api, 'SIGKILL');
    await until(async () => expect(started.stderr).toContain('api-1 has ended (SIGKILL)'));
    expect(others.every(isRunning)).toBe(true);
    expect(await started.end('SIGINT')).toBe(2);
    expect(others.filter(isRunning)).toEqual([]);
  });

  test('when PostgreSQL has crashed', async () => {
    const started = await start();
    const { pids } = started.state;
    // The last one of the list.
    process.kill(pids.at(-1) as number, 'SIGKILL');
    await until(async () => expect(started.stderr).toContain('PostgreSQL has ended'));
    expect(await started.end('SIGINT')).toBe(2);
    expect(pids.filter(isRunning)).toEqual([]);
  });

  test('when it is killed itself', async () => {
    const started = await start();
    await started.end('SIGKILL');
    await allEnd(started.state.pids);
  });

  test('with several API processes behind a balancer, and the settings of prod', async () => {
    const started = await start('--pods', '2', '--env', 'prod');
    const { api, pids, keys } = started.state;
    const answer = await fetch(`${api}/api/v1/costs/summary?from=2026-01-01&to=2026-01-02`, {
      headers: { authorization: `Bearer ${keys.project}` },
    });
    expect(answer.status).toBe(200);
    expect(await started.end('SIGTERM')).toBe(0);
    expect(pids.filter(isRunning)).toEqual([]);
  });
});

function bound(platform: StartedPlatform) {
  return {
    state: platform.state,
    pid: platform.pid,
    kill: (signal: NodeJS.Signals) => platform.kill(signal),
  };
}
