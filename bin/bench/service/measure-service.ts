import { loadavg } from 'node:os';
import type { Client } from 'pg';
import { monthOf } from '../../../lambda/database/partitions/month';
import { refreshCosts } from '../../../lambda/database/rollups/refresh-costs';
import { withConnection } from '../../../service/database/connect';
import { type GeneratedRequests, insertGenerated, insertUsersAndPrices } from '../../db/generated-requests';
import { millisecondsOf } from '../../db/timing';
import { type LocalService, withLocalService } from '../../local/local-service';
import { type IngestFigures, timeIngest } from './time-ingest';
import { type QuestionTimes, type Stock, timeQuestions } from './time-questions';

export interface MeasureServiceProps {
  /** Requests in the table, spread over a year. */
  readonly rows: number;
  /** Folder that gets a CPU profile of the API process. @default - none is taken */
  readonly profileFolder?: string;
  /** `PATH` of the caller's environment, for the programs of PostgreSQL. */
  readonly searchPath: string | undefined;
  readonly now: () => Date;
  /** Ends the benchmark early. */
  readonly signal: AbortSignal;
  /** Called with the number of generated rows and their total. */
  readonly onProgress: (done: number, total: number) => void;
}

/** Figures of the benchmark; `--json` prints them. */
export interface ServiceFigures {
  /** Requests in the table before anything was stored over HTTP. */
  readonly rows: number;
  /** Time of the first refresh of the roll-ups, which adds the whole year up, seconds. */
  readonly rollupSeconds: number;
  readonly questions: readonly QuestionTimes[];
  readonly ingest: IngestFigures;
  /** Memory of the API process, MiB: ready and idle, after the questions, after the records. */
  readonly residentMebibytes: {
    readonly idle: number;
    readonly afterQuestions: number;
    readonly afterIngest: number;
  };
  /** Load averages over a minute before and after: other work on the machine slows every figure. */
  readonly loads: readonly [number, number];
}

/** RDS would give shared_buffers a quarter of the memory of an r8g.large, more than a laptop can spare. */
const PARAMETERS = { shared_buffers: '1GB', max_wal_size: '4GB', maintenance_work_mem: '256MB' };

/** A rate limit that no figure reaches. */
const ENVIRONMENT = { OBJECTIVE_REQUESTS_PER_SECOND: '100000' };

const DAYS = 365;
const DAY_MS = 86_400_000;
const MIB = 1024 * 1024;

/** Rows that one statement generates. */
const CHUNK = 20_000;

/** Measures on a service of its own, which is removed afterwards. */
export async function measureService(props: MeasureServiceProps): Promise<ServiceFigures> {
  const { rows, profileFolder, searchPath, now } = props;
  const end = new Date(Math.floor(now().getTime() / DAY_MS) * DAY_MS);
  const stock: Stock = { rows, start: new Date(end.getTime() - DAYS * DAY_MS), end };
  const before = minuteLoad();
  let rollupSeconds = Number.NaN;
  const figures = await withLocalService(
    {
      apis: 1,
      parameters: PARAMETERS,
      environment: ENVIRONMENT,
      oldestMonth: monthOf(stock.start),
      searchPath,
      now,
      signal: props.signal,
      ...(profileFolder !== undefined && {
        nodeOptions: ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`],
      }),
      prepare: async ({ login }) => {
        rollupSeconds = await withConnection(login, (client) => fill(client, stock, props.onProgress));
      },
    },
    (service) => measureOn(service, stock, now),
  );
  return { rows, rollupSeconds, ...figures, loads: [before, minuteLoad()] };
}

async function measureOn(
  service: LocalService,
  stock: Stock,
  now: () => Date,
): Promise<Pick<ServiceFigures, 'questions' | 'ingest' | 'residentMebibytes'>> {
  const [api] = service.apis;
  const mebibytes = async () => ((await api?.residentBytes()) ?? Number.NaN) / MIB;
  const idle = await mebibytes();
  const questions = await timeQuestions(service, stock);
  const afterQuestions = await mebibytes();
  const ingest = await timeIngest(service, now);
  const afterIngest = await mebibytes();
  // A profile is written when the process ends by itself.
  await api?.end('SIGTERM');
  return { questions, ingest, residentMebibytes: { idle, afterQuestions, afterIngest } };
}

/** Fills the table and adds the roll-ups up. @returns seconds that the roll-ups took */
async function fill(
  client: Client,
  { rows, start, end }: Stock,
  onProgress: MeasureServiceProps['onProgress'],
): Promise<number> {
  const generated: GeneratedRequests = {
    total: rows,
    users: 1000,
    start: start.toISOString(),
    end: end.toISOString(),
  };
  await insertUsersAndPrices(client, generated);
  for (let done = 0; done < rows; done += CHUNK) {
    onProgress(done, rows);
    await insertGenerated(client, generated, done, Math.min(done + CHUNK, rows));
  }
  onProgress(rows, rows);
  await client.query('VACUUM ANALYZE llm_requests');
  const milliseconds = await millisecondsOf(() => refreshCosts(client, () => true));
  await client.query('VACUUM ANALYZE costs_hourly, costs_daily, costs_daily_by_user');
  return milliseconds / 1000;
}

function minuteLoad(): number {
  return loadavg()[0] ?? Number.NaN;
}
