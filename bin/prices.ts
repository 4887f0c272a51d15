#!/usr/bin/env node
/** `npm run prices`: the price book. */
import { command, type Main, run, type Terminal, UsageError } from './cli/command';
import { DEFAULT_FOLDER, TARGET_OPTIONS, targetLogin } from './db/target';
import { explain } from './prices/explain';
import { importFile, update } from './prices/import';
import { list } from './prices/list';
import type { PricesCall } from './prices/prices-call';

const HELP = `Shows what requests cost and why, and imports prices.

Usage: npm run prices -- update [--dry-run] [--yes]
       npm run prices -- import <file> [--dry-run] [--yes]
       npm run prices -- list [<provider> [<model>]]
       npm run prices -- explain <provider> <model> --usage <json> [options]

  update   stores the prices that came with this build, and ends those that they replace
  import   stores prices of a .csv file, or of LiteLLM's model_prices_and_context_window.json
  list     prints the prices in force and those to come
  explain  prints each part of a cost, the price that applied, and why that one

  --usage <json>    the provider's own usage object, such as '{"prompt_tokens": 1200, "completion_tokens": 80}'
  --at <time>       time of the request, such as 2026-01-31T12:00:00Z (default: now)
  --tier <name>     service tier: standard, batch, flex, priority (default: standard)
  --region <name>   the provider's region (default: none)
  --project <id>    project whose prices and discount apply (default: the default project)
  --dry-run         print what would change, and change nothing
  --yes             confirm prices that are 100 times another one of their unit
  --built-in        list and explain only the prices of this build, without a database
  --dir <dir>       folder of the local database (default: ${DEFAULT_FOLDER})
  --url <url>       another database, postgres://llm_cost_ops_admin@host:5432/database. The password, on RDS an IAM
                    token, comes from PGPASSWORD
  --help            print this

docs/costs.md explains prices and the columns of a CSV file.
Exit codes: 0 done, 1 a wrong option or file, no database, or prices that wait for --yes.`;

/** The default project's id. */
const DEFAULT_PROJECT = '00000000-0000-7000-8000-000000000001';

const OPTIONS = {
  ...TARGET_OPTIONS,
  usage: { type: 'string' },
  at: { type: 'string' },
  tier: { type: 'string' },
  region: { type: 'string' },
  project: { type: 'string', default: DEFAULT_PROJECT },
  'dry-run': { type: 'boolean', default: false },
  yes: { type: 'boolean', default: false },
  'built-in': { type: 'boolean', default: false },
} as const;

type Work = (call: PricesCall, terminal: Terminal) => Promise<number>;

/** The subcommands, with the number of words that follow their name. */
const COMMANDS: Readonly<Record<string, { readonly work: Work; readonly words: readonly number[] }>> = {
  update: { work: update, words: [0] },
  import: { work: importFile, words: [1] },
  list: { work: list, words: [0, 1, 2] },
  explain: { work: explain, words: [2] },
};

const withOptions = command({
  help: HELP,
  options: OPTIONS,
  run: async (options, terminal, words: readonly string[]) => {
    const [name = '', ...operands] = words;
    const found = COMMANDS[name];
    if (found === undefined) {
      throw new UsageError(
        `command must be one of ${Object.keys(COMMANDS).join(', ')}, got '${name}'; see --help`,
      );
    }
    if (!found.words.includes(operands.length)) {
      throw new UsageError(
        `${name} must have ${found.words.join(' or ')} words after it, got ${operands.length}; see --help`,
      );
    }
    const call = {
      operands,
      login: () => targetLogin(options, process.env['PGPASSWORD']),
      now: new Date(),
      usage: options.usage,
      at: options.at,
      tier: options.tier,
      region: options.region,
      project: options.project,
      dryRun: options['dry-run'],
      confirmed: options.yes,
      builtIn: options['built-in'],
    };
    return await found.work(call, terminal);
  },
});

/** Words come first, then the options. */
export const main: Main = (argv, terminal) => {
  const first = argv.findIndex((argument) => argument.startsWith('-'));
  const count = first < 0 ? argv.length : first;
  return withOptions(argv.slice(count), terminal, argv.slice(0, count));
};

if (require.main === module) run(main);
