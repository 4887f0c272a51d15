import { writeSync } from 'node:fs';
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import { newRecordId } from '../../../../service/requests/record/record-id';
import { RequestWriter } from '../../../../service/requests/write/request-writer';
import { openTestDatabase } from '../../database/pool-settings';
import { callEnd, callStart, FAST, openCallLedger } from './ledger-parts';

/*
 * A gateway that makes calls until it is killed. It prints `sent <id>` where a provider would have seen the first byte
 * of a call, and `ended <id>` after the turn in which it noted the end.
 * Arguments: JSON of the log-in, the folder of the journal, the project, the time of the calls.
 */
const [login = '{}', folder = '', projectId = '', time = ''] = process.argv.slice(2);
const { database } = openTestDatabase(JSON.parse(login));
const now = () => new Date(time);
const unpriced = { listCost: 0n, cost: 0n, pricing: 'unpriced', rule: null, parts: [] } as const;
const writer = new RequestWriter({ database, prices: () => ({ price: () => unpriced }), now });
const { ledger } = openCallLedger({ writer, database: database.writes, folder, timing: FAST });
ledger.run();

async function makeCalls(seed: number): Promise<never> {
  for (let count = 0; ; count += 1) {
    const call = callStart({ id: newRecordId(now()), projectId });
    await ledger.start(call);
    writeSync(1, `sent ${call.id}\n`);
    await delay((seed * 7 + count * 13) % 40);
    ledger.end(callEnd(call));
    await turn();
    await turn();
    writeSync(1, `ended ${call.id}\n`);
  }
}

for (let seed = 0; seed < 8; seed += 1) void makeCalls(seed);
