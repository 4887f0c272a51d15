#!/usr/bin/env node
/** `npm run keys`: API keys. */
import { command, type Main, run, UsageError } from './cli/command';
import { clientDatabase } from './db/client-database';
import { DEFAULT_FOLDER, TARGET_OPTIONS, targetLogin, withTarget } from './db/target';
import { createKeyOf, KEY_OPTIONS, listAllKeys, revokeKeyOf, rotateKeyOf } from './keys/key-commands';

const HELP = `Makes, lists, rotates and revokes API keys, by the database.

Usage: npm run keys -- create --name <name> [--project <name> | --organisation] [--roles <roles>] [--days <n>]
       npm run keys -- list
       npm run keys -- rotate <id> [--overlap-hours <n>]
       npm run keys -- revoke <id>

  create   prints a new key; it is shown this once and stored nowhere
  list     prints all keys, the newest first
  rotate   prints a key that replaces another; both work for the overlap
  revoke   ends a key; every pod refuses it within 10 s

  --name <name>          what people call the key
  --project <name>       project of the key; it is made where there is none (default: default)
  --organisation         a key of the organisation, which sees all projects
  --roles <roles>        ingest, read, gateway, admin, separated by commas (default: ingest,read; of the organisation:
                         read,admin)
  --days <n>             days after which the key ends by itself (default: never)
  --overlap-hours <n>    hours in which a rotated key goes on working, 0 to 720 (default: 24)
  --dir <dir>            folder of the local database (default: ${DEFAULT_FOLDER})
  --url <url>            another database, postgres://llm_cost_ops_admin@host:5432/database. The password, on RDS an
                         IAM token, comes from PGPASSWORD
  --help                 print this

Exit codes: 0 done, 1 a wrong option, or no database.`;

const COMMANDS = {
  create: { work: createKeyOf, words: 0 },
  list: { work: listAllKeys, words: 0 },
  rotate: { work: rotateKeyOf, words: 1 },
  revoke: { work: revokeKeyOf, words: 1 },
} as const;

const withOptions = command({
  help: HELP,
  options: { ...TARGET_OPTIONS, ...KEY_OPTIONS },
  run: async (options, terminal, words: readonly string[]) => {
    const [name = '', ...operands] = words;
    if (!Object.hasOwn(COMMANDS, name)) {
      throw new UsageError(
        `command must be one of ${Object.keys(COMMANDS).join(', ')}, got '${name}'; see --help`,
      );
    }
    const { work, words: count } = COMMANDS[name as keyof typeof COMMANDS];
    if (operands.length !== count) {
      throw new UsageError(`${name} must have ${count} words after it, got ${operands.length}; see --help`);
    }
    const login = targetLogin(options, process.env['PGPASSWORD']);
    return withTarget(login, (client) => {
      const props = { database: clientDatabase(client), now: () => new Date() };
      return work({ props, options, id: operands[0] ?? '' }, terminal);
    });
  },
});

/** Words come first, then the options. */
export const main: Main = (argv, terminal) => {
  const first = argv.findIndex((argument) => argument.startsWith('-'));
  const count = first < 0 ? argv.length : first;
  return withOptions(argv.slice(count), terminal, argv.slice(0, count));
};

if (require.main === module) run(main);
