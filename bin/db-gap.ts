#!/usr/bin/env node
/** `npm run db:gap`: lists and fills the calls that a restore of the database has lost. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { command, run, UsageError } from './cli/command';
import { instant } from './cli/option-values';
import { DEFAULT_FOLDER, TARGET_OPTIONS, targetLogin } from './db/target';
import { type FindGapProps, findGap } from './db-gap/find-gap';
import { gapLines } from './db-gap/format-gap';
import { isClosed } from './db-gap/gap-result';
import { journalFiles } from './db-gap/read-journals';
import { readReport } from './db-gap/reported-call';
import { readUsage } from './db-gap/usage-buckets';

const HELP = `Lists the calls whose rows a restore of the database has lost, from copies of the gateway's journals and from a
provider's report of its calls, and writes them with --fill. A second run finds nothing to write.

Usage: npm run db:gap -- --from <time> [options]

  --from <time>         target of the restore, such as 2026-10-01T12:00:00Z
  --earliest <time>     calls that started before are not compared (default: an hour before --from, the longest call);
                        name an earlier time for records that were posted late
  --to <time>           end of what is compared, excluded (default: now)
  --journals <folder>   copies of journals, in any subfolders (*.ndjson); stop the pods before you copy them
  --report <file>       the provider's calls: a JSON array, an object with it in "data", or NDJSON; each call with id (the
                        idempotency key that the gateway sent), model, status (completed, failed), and usage (the
                        provider's object) or tokens: { input, output }; or GET /simulated/calls
  --usage <file>        sums of OpenAI's or Anthropic's usage API (completions, messages), compared with the rows of
                        --provider at the end; they name no calls, so nothing is filled from them
  --project <id>        project of calls that only the report has; without it they are counted and not written
  --provider <name>     provider of these calls and sums, as in gateway.providers (default: openai)
  --former <url>        the database from before the restore, where it still answers: changes by people that the restore
                        has undone are listed, such as revoked keys. The password comes from FORMER_PGPASSWORD
  --former-rows         take ended rows of the former database, too, where no journal has them; not where it is they that
                        somebody has spoilt
  --check               compare budgets and roll-ups with the rows; reads all rows of the budgets' periods
  --fill                write what is missing
  --dry-run             write nothing (default)
  --dir <dir>           folder of the local database (default: ${DEFAULT_FOLDER})
  --url <url>           another database, postgres://llm_cost_ops_writer@host:5432/database. The password, on RDS an IAM
                        token, comes from PGPASSWORD
  --json                print the result as JSON (npm run --silent db:gap -- … --json)
  --help                print this

Rows from a journal are exact. Rows from a report have the user "unknown" and the tag recovered_from. Calls that only have
a start are stored as failed and abandoned, with an estimated cost, which a later real end replaces.
Exit codes: 0 no gap, or all of it filled; 1 a wrong option or file, or no database; 2 a part of the gap is left.`;

export const main = command({
  help: HELP,
  options: {
    ...TARGET_OPTIONS,
    from: { type: 'string' },
    earliest: { type: 'string' },
    to: { type: 'string' },
    journals: { type: 'string' },
    report: { type: 'string' },
    usage: { type: 'string' },
    project: { type: 'string' },
    provider: { type: 'string', default: 'openai' },
    former: { type: 'string' },
    'former-rows': { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    fill: { type: 'boolean', default: false },
    'dry-run': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
  run: async (options, { print, printError }) => {
    const { journals, report, usage, project, provider, former, fill, check, json } = options;
    if (options.from === undefined) throw new UsageError('--from <time> is needed; see --help');
    const copiesRows = options['former-rows'];
    if (copiesRows && former === undefined) throw new UsageError('--former-rows needs --former <url>');
    if (journals === undefined && report === undefined && usage === undefined && !copiesRows) {
      throw new UsageError('--journals <folder>, --report <file>, --usage <file> or --former-rows is needed');
    }
    if (fill && options['dry-run']) throw new UsageError('--fill and --dry-run exclude each other');
    const now = () => new Date();
    const period = periodOf(options.from, options, now());
    const evidence = {
      journals: journals === undefined ? [] : journalFiles(resolve(journals)),
      ...(report !== undefined && { report: readReport(textOf('report', report), report) }),
      ...(usage !== undefined && { usage: { buckets: readUsage(textOf('usage', usage), usage), provider } }),
      owner: project === undefined ? null : { projectId: uuidOf(project), provider },
    };
    const result = await findGap({
      ...evidence,
      ...period,
      login: targetLogin(options, process.env['PGPASSWORD']),
      ...(former !== undefined && {
        former: targetLogin({ dir: options.dir, url: former }, process.env['FORMER_PGPASSWORD']),
      }),
      ...{ copiesRows, fills: fill, checksSums: check, now, onStep: printError },
    });
    for (const line of json ? [JSON.stringify(result, null, 2)] : gapLines(result)) print(line);
    return isClosed(result) ? 0 : 2;
  },
});

/** Longest call that the configuration allows, ms: one that started before the target may have ended after it. */
const LONGEST_CALL_MS = 3_600_000;

function periodOf(
  target: string,
  { earliest, to }: { readonly earliest?: string; readonly to?: string },
  now: Date,
): Pick<FindGapProps, 'from' | 'earliest' | 'to'> {
  const from = instant('from', target);
  const period = {
    from,
    earliest:
      earliest === undefined ? new Date(from.getTime() - LONGEST_CALL_MS) : instant('earliest', earliest),
    to: to === undefined ? now : instant('to', to),
  };
  if (period.to <= from) {
    throw new UsageError(`--to must be after --from (${target}), got ${period.to.toISOString()}`);
  }
  if (period.earliest <= from) return period;
  throw new UsageError(`--earliest must be at most --from (${target}), got ${earliest}`);
}

function uuidOf(text: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return text.toLowerCase();
  throw new UsageError(
    `--project must be the id of a project, a UUID, got ${text}: see GET /api/v1/projects`,
  );
}

function textOf(option: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`--${option} must be a file that can be read, got ${file}`, { cause: error });
  }
}

if (require.main === module) run(main);
