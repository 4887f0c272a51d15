import { main } from '../../bin/drill-restore';
import { runMain } from '../helpers/run-main';
import { describeWithServers } from '../helpers/servers';
import { DATABASE_PROGRAMS } from '../lambda/database/postgres';

describeWithServers('a restore to a point in time', DATABASE_PROGRAMS, () => {
  test('brings every row back once, from journals, the report and senders', async () => {
    const { code, out } = await runMain(main, '--seconds', '2', '--json');
    expect(JSON.parse(out)).toMatchObject({
      problems: [],
      filledAgain: 0,
      migrationsAgain: [expect.any(String)],
    });
    expect(code).toBe(0);
  }, 180_000);
});
