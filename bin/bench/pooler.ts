#!/usr/bin/env node
/** `npm run bench:pooler`: clients with the seed's pools, through PgBouncer and directly to PostgreSQL. */
import { loadEnvironment } from '../../lib/config/resolve-config';
import { command, run } from '../cli/command';
import { wholeNumber, wholeNumbers } from '../cli/option-values';
import { progressBar } from '../cli/progress-bar';
import { formatRoute } from './pooler/format-route';
import { measurePooler } from './pooler/measure-pooler';

const HELP = `Compares clients that reach PostgreSQL through PgBouncer with clients that reach it directly: throughput, times,
refused connections. Clients have the pools of API replicas (20 connections each), PgBouncer and the server the limits
of an environment's configuration. All of it runs on this machine, which the clients load too.

Usage: npm run bench:pooler -- [options]

  --env <name>       environment whose limits apply (default: prod)
  --clients <list>   numbers of clients, separated by commas (default: 50,100,250,500,1000)
  --seconds <number> length of each measurement (default: 10)
  --json             print the figures as JSON (npm run --silent bench:pooler -- --json)
  --help             print this

Exit codes: 0 measured, 1 it cannot run.`;

/** Range of the number of clients and of the seconds. */
const RANGE = { least: 1, most: 10_000 };

export const main = command({
  help: HELP,
  options: {
    env: { type: 'string', default: 'prod' },
    clients: { type: 'string', default: '50,100,250,500,1000' },
    seconds: { type: 'string', default: '10' },
    json: { type: 'boolean', default: false },
  },
  run: async (options, { print }) => {
    const routes = await measurePooler({
      clients: wholeNumbers('clients', options.clients, RANGE),
      seconds: wholeNumber('seconds', options.seconds, RANGE),
      database: loadEnvironment(options.env).database,
      searchPath: process.env['PATH'],
      now: new Date(),
      onProgress: progressBar(process.stderr, 'requests'),
    });
    print(options.json ? JSON.stringify(routes, null, 2) : routes.map(formatRoute).join('\n'));
    return 0;
  },
});

if (require.main === module) run(main);
