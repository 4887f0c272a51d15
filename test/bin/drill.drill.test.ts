import { main } from '../../bin/drill';
import { runMain } from '../helpers/run-main';
import { describeWithServers } from '../helpers/servers';
import { DATABASE_PROGRAMS } from '../lambda/database/postgres';

describeWithServers('a drill', [...DATABASE_PROGRAMS, 'nginx', 'valkey-server'], () => {
  test('keeps its promises while connections are killed, a process is killed and the provider fails', async () => {
    const only = 'connections-killed,provider-cutting,pod-killed';
    const { code, out } = await runMain(main, '--only', only, '--seconds', '1.5', '--json');
    const { faults, rollups } = JSON.parse(out);
    expect(faults).toMatchObject(
      only.split(',').map((fault) => ({
        fault,
        problems: [],
        records: { lost: 0, twice: 0, refused: 0 },
        calls: { lost: 0, twice: 0, active: 0, cost: { differing: [] } },
      })),
    );
    expect(faults.every((fault: { calls: { reached: number } }) => fault.calls.reached > 10)).toBe(true);
    expect(rollups[0].counted).toBe(rollups[0].rows);
    expect(code).toBe(0);
  });
});
