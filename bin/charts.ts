/** `npm run charts`: the Kubernetes manifests of one or all environments, checked, into `dist/`. */
import { environments } from '../lib/config/environments';
import { formatSummary } from './charts/format-summary';
import { renderCharts } from './charts/render-charts';
import { command, run, UsageError } from './cli/command';

const HELP = `Renders and checks the Kubernetes manifests.

Usage: npm run charts -- [options]

  --env <name>      environment to render (default: all: ${Object.keys(environments).join(', ')})
  --out <dir>       directory to replace (default: dist/<env>/kubernetes); needs --env
  --outputs <file>  what cdk deploy --outputs-file wrote; fills in the endpoints; needs --env
  --json            print the summary as JSON (npm run --silent charts -- --json)
  --help            print this

An environment without an account takes CDK_DEFAULT_ACCOUNT, or 000000000000.
Apply with kubectl apply -k <dir>.
Exit codes: 0 all rendered and valid, 1 something is wrong and nothing was written.`;

export const main = command({
  help: HELP,
  options: {
    env: { type: 'string' },
    out: { type: 'string' },
    outputs: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
  run: async ({ env, json, ...options }, { print }, account?: string) => {
    for (const name of ['outputs', 'out'] as const) {
      if (options[name] !== undefined && env === undefined) {
        throw new UsageError(`--${name} needs --env, because it belongs to one environment`);
      }
    }
    const summaries = await renderCharts({
      environments: env === undefined ? Object.keys(environments) : [env],
      directory: options.out,
      outputsFile: options.outputs,
      account,
    });
    for (const line of json ? [JSON.stringify(summaries, null, 2)] : summaries.flatMap(formatSummary)) {
      print(line);
    }
    return 0;
  },
});

if (require.main === module) {
  run((argv, terminal) => main(argv, terminal, process.env.CDK_DEFAULT_ACCOUNT));
}
