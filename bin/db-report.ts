#!/usr/bin/env node
/** `npm run db:report`: what a database does with its indexes, its statements and its partitions. */
import { command, run } from './cli/command';
import { numberWithin } from './cli/option-values';
import { formatStatistics, readStatistics } from './db/statistics';
import { DEFAULT_FOLDER, TARGET_OPTIONS, targetLogin, withTarget } from './db/target';

const HELP = `Shows how a database uses its indexes, which it never uses, its slow statements and its months of requests.

Usage: npm run db:report -- [options]

  --dir <dir>     folder of the local database (default: ${DEFAULT_FOLDER})
  --url <url>     another database, postgres://llm_cost_ops_report@host:5432/database. The password, on RDS an IAM
                  token, comes from PGPASSWORD. Other hosts than this machine need TLS with RDS's certificates
  --slow-ms <ms>  mean time from which a statement is slow (default: 1000)
  --json          print it as JSON (npm run --silent db:report -- --json)
  --help          print this

Changes nothing. Exit codes: 0 reported, 1 the database cannot be read.`;

export const main = command({
  help: HELP,
  options: {
    ...TARGET_OPTIONS,
    'slow-ms': { type: 'string', default: '1000' },
    json: { type: 'boolean', default: false },
  },
  run: async (options, { print }) => {
    const slowMilliseconds = numberWithin('slow-ms', options['slow-ms'], { least: 0 });
    const login = targetLogin(options, process.env['PGPASSWORD']);
    const statistics = await withTarget(login, (client) => readStatistics(client, slowMilliseconds));
    print(options.json ? JSON.stringify(statistics, null, 2) : statistics.map(formatStatistics).join('\n\n'));
    return 0;
  },
});

if (require.main === module) run(main);
