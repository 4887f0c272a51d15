/** `npm start`: the whole platform on this machine. */
import { command, run } from './cli/command';
import { runPlatform } from './start/run-platform';
import { DEFAULT_FOLDER, DEFAULT_RECORDS, OPTIONS, startOptions } from './start/start-options';

const HELP = `Starts the whole platform on this machine: PostgreSQL, Valkey where it is installed, a simulated provider, the API with
the gateway, and the admin server, with two projects, their keys and 30 days of demo records. All on loopback.

Usage: npm start -- [options]

  --data <folder>       where its data is kept (default: ${DEFAULT_FOLDER})
  --fresh               delete the data first
  --env <name>          run the service with the settings of this environment (default: dev)
  --pods <n>            API processes; above 1 NGINX with the charts' configuration stands before them where it is
                        installed (.servers), else a simple balancer, and a stand-in of the HPA adds and removes
                        processes, never below this number (default: 1, and no HPA)
  --max-pods <n>        most API processes of the HPA (default: 6, at most the environment's maximum)
  --requests-per-pod <n>   requests per second that one should serve (default: the environment's)
  --hpa-sync-seconds <n>   time between two looks of the HPA, 1 to 60 (default: 15)
  --speed <n>           how fast the clock of HPA and scaler runs, 1 to 60: at 60 a minute of theirs passes in a
                        second (default: 1)
  --records <n>         demo records, once for a folder (default: ${DEFAULT_RECORDS}); 0: none
  --behaviour <words>   how the simulated provider answers (npm run simulate:provider -- --help)
  --real                call the real providers, with OPENAI_API_KEY, OPENAI_BASE_URL, ANTHROPIC_API_KEY and
                        ANTHROPIC_BASE_URL of the environment
  --upstream <url>      call this address for every provider, such as your own stand-in
  --json                print one line of JSON once all is ready (npm start --silent -- --json)
  --help                print this

Ctrl-C ends every process; a second one at once.
Exit codes: 0 ended by Ctrl-C, 1 it did not start, 2 ended by Ctrl-C after one of its processes had ended
by itself.`;

export const main = command({
  help: HELP,
  options: OPTIONS,
  run: (values, terminal) =>
    runPlatform(startOptions(values, process.env), terminal, {
      searchPath: process.env['PATH'],
      pid: process.pid,
      // npm ends without a word to its script where SIGKILL ends it.
      parent: process.env['npm_lifecycle_event'] === undefined ? null : () => process.ppid,
      now: () => new Date(),
      errors: process.stderr,
      exit: (code) => process.exit(code),
    }),
});

if (require.main === module) run(main);
