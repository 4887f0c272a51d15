import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { benchRow, insertAll } from '../../db/bench-rows';
import { withConnections } from '../../db/temporary-database';
import { millisecondsOf, percentile } from '../../db/timing';
import type { LocalService } from '../../local/local-service';
import { batchesOf, recordOf } from './records';
import { type SendProps, sendAll, sendFor } from './send';

/** A rate of the service beside that of the least that would do the same, in the same run. */
export interface RatePair {
  /** Of the service, a second: the median of the rounds. */
  readonly service: number;
  /** Of the bare form, a second: the median of the rounds. */
  readonly bare: number;
}

/** Rates of storing. */
export interface IngestFigures {
  /** Rows a second: arrays of 500 records over HTTP, and a bare loop of `INSERT … unnest` of 500 rows. */
  readonly batches: RatePair;
  /** Calls a second: single records over HTTP, and a bare Fastify route that stores nothing. */
  readonly singles: RatePair;
}

/** Rows of a batch. */
export const BATCH_ROWS = 500;

/** Writers of the bare loop. */
export const BARE_WRITERS = 2;

/** Connections that send batches, and those that send single records. */
export const BATCH_CONNECTIONS = 8;
export const SINGLE_CONNECTIONS = 32;

/** Rounds, in each of which the service and the bare form take turns: other work on the machine slows both. */
const ROUNDS = 3;

/** Rows of a round of batches, and length of a round of single records, seconds. */
const ROUND_ROWS = 50_000;
const ROUND_SECONDS = 4;

/** Measures both rates on the API's first process. */
export async function timeIngest(service: LocalService, now: () => Date): Promise<IngestFigures> {
  const api = (connections: number): SendProps => ({
    url: service.apis[0]?.url ?? '',
    key: service.key,
    connections,
  });
  return {
    batches: await timeBatches(service, api(BATCH_CONNECTIONS), now),
    singles: await timeSingles(api(SINGLE_CONNECTIONS), now),
  };
}

function timeBatches({ login }: LocalService, api: SendProps, now: () => Date): Promise<RatePair> {
  return withConnections(login, BARE_WRITERS, async (...writers) => {
    const bodies = (rows: number) =>
      batchesOf(rows, BATCH_ROWS, now().getTime()).map((batch) => JSON.stringify(batch.map(recordOf)));
    // The first batches compile code, insert users and open connections.
    await sendAll(api, bodies(5000));
    await insertAll(writers, batchesOf(5000, BATCH_ROWS, now().getTime()));
    return rounds(
      async () => ROUND_ROWS / (await sendAll(api, bodies(ROUND_ROWS))),
      async () => {
        const batches = batchesOf(ROUND_ROWS, BATCH_ROWS, now().getTime());
        return (ROUND_ROWS * 1000) / (await millisecondsOf(() => insertAll(writers, batches)));
      },
    );
  });
}

async function timeSingles(api: SendProps, now: () => Date): Promise<RatePair> {
  let number = 0;
  const body = () => JSON.stringify(recordOf(benchRow(now().getTime(), number++)));
  const { child, url } = await startBareRoute();
  try {
    const bare = { ...api, url };
    await sendFor(api, 1, body);
    await sendFor(bare, 1, body);
    return await rounds(
      () => sendFor(api, ROUND_SECONDS, body),
      () => sendFor(bare, ROUND_SECONDS, body),
    );
  } finally {
    child.kill();
  }
}

async function startBareRoute(): Promise<{ child: ChildProcess; url: string }> {
  const child = fork(join(__dirname, 'bare-route.ts'), {
    execArgv: ['--require', require.resolve('tsx/cjs')],
  });
  const [port] = await once(child, 'message');
  return { child, url: `http://127.0.0.1:${port}` };
}

async function rounds(service: () => Promise<number>, bare: () => Promise<number>): Promise<RatePair> {
  const rates: { service: number[]; bare: number[] } = { service: [], bare: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    rates.service.push(await service());
    rates.bare.push(await bare());
  }
  return { service: percentile(rates.service, 50), bare: percentile(rates.bare, 50) };
}
