#!/usr/bin/env node
/** `npm run db:report`: what a database does with its indexes, its statements and its partitions. */
import { expectedLines, parseOptions, run, type Terminal, UsageError } from './cli/command';
import { formatStatistics, readStatistics } from './db/statistics';
import { DEFAULT_FOLDER, TARGET_OPTIONS, targetLogin, withTarget } from './db/target';

const HELP = `Shows how a database uses its indexes, which it never uses, its slow statements and its months of requests.

Usage: npm run db:report -- [options]

  --dir <dir>     folder of the local database (default: ${DEFAULT_FOLDER})
  --url <url>     another database, postgres://llm_cost_ops_report@host:5432/database; the password, on RDS an IAM
                  token, comes from PGPASSWORD. Beyond this machine with TLS, by RDS's certificates
  --slow-ms <ms>  mean time from which a statement is slow (default: 1000)
  --json          print it as JSON (npm run --silent db:report -- --json)
  --help          print this

Changes nothing. Exit codes: 0 reported, 1 not.`;

const DEFAULT_SLOW_MS = '1000';

/** @returns exit code */
export async function main(argv: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const options = parseOptions(argv, {
      ...TARGET_OPTIONS,
      'slow-ms': { type: 'string', default: DEFAULT_SLOW_MS },
      json: { type: 'boolean', default: false },
    });
    if (options.help) {
      terminal.print(HELP);
      return 0;
    }
    const slowMilliseconds = Number(options['slow-ms']);
    if (!(slowMilliseconds >= 0)) {
      throw new UsageError(`--slow-ms must be a number of at least 0, got ${options['slow-ms']}`);
    }
    const login = targetLogin(options, process.env['PGPASSWORD']);
    const statistics = await withTarget(login, async (client) => {
      await client.query('SET default_transaction_read_only = on');
      return readStatistics(client, slowMilliseconds);
    });
    terminal.print(
      options.json ? JSON.stringify(statistics, null, 2) : statistics.map(formatStatistics).join('\n\n'),
    );
    return 0;
  } catch (error) {
    for (const line of expectedLines(error)) terminal.printError(line);
    return 1;
  }
}

if (require.main === module) run(main);
