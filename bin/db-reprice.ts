#!/usr/bin/env node
/** `npm run db:reprice`: prices the requests of a period again. */
import { command, run, UsageError } from './cli/command';
import { instant } from './cli/option-values';
import { repriceTarget } from './db/reprice-target';
import { DEFAULT_FOLDER, TARGET_OPTIONS, targetLogin } from './db/target';

const HELP = `Prices the requests of a period again, by the prices of today's price book at the time of each request.

Usage: npm run db:reprice -- --from <time> --to <time> [options]

  --from <time>   start of the period, included, such as 2026-10-01 or 2026-10-01T12:00:00Z; a day begins in UTC
  --to <time>     end of the period, excluded
  --project <id>  only this project's requests (default: all projects)
  --all           priced requests, too (default: requests that lack a price or a part of one)
  --dir <dir>     folder of the local database (default: ${DEFAULT_FOLDER})
  --url <url>     another database, postgres://llm_cost_ops_admin@host:5432/database. The password, on RDS an IAM
                  token, comes from PGPASSWORD
  --json          print the result as JSON (npm run --silent db:reprice -- … --json)
  --help          print this

Works in slices of 1,000 requests, each in a transaction, and may be stopped and started again. The change is in the
audit log. Roll-ups follow within the hour. Exit codes: 0 done, 1 a wrong option, or no database.`;

export const main = command({
  help: HELP,
  options: {
    ...TARGET_OPTIONS,
    from: { type: 'string' },
    to: { type: 'string' },
    project: { type: 'string' },
    all: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
  run: async (options, { print }) => {
    if (options.from === undefined || options.to === undefined) {
      throw new UsageError('--from <time> and --to <time> are needed; see --help');
    }
    const query = {
      from: instant('from', options.from),
      to: instant('to', options.to),
      project: options.project,
      which: options.all ? ('all' as const) : ('unpriced' as const),
    };
    const login = targetLogin(options, process.env['PGPASSWORD']);
    const result = await repriceTarget(login, query, () => new Date());
    print(
      options.json
        ? JSON.stringify(result, null, 2)
        : `${result.changed} of ${result.scanned} requests changed; ${result.outOfRange} have a cost that cannot be stored and stay as they are`,
    );
    return 0;
  },
});

if (require.main === module) run(main);
