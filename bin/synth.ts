/** `npm run synth`: CloudFormation and Kubernetes of one or all environments, validated, into `dist/`. */
import { join } from 'node:path';
import { environments } from '../lib/config/environments';
import { command, expectedLines, run, UsageError } from './cli/command';
import { formatSummary } from './synth/format-summary';
import { type EnvironmentSummary, renderEnvironment } from './synth/render-environment';

const HELP = `Renders and validates the platform, offline and without credentials.

Usage: npm run synth -- [options]

  --env <name>      environment to render; may be repeated (default: all: ${Object.keys(environments).join(', ')})
  --out <dir>       directory that gets <env>/cloudformation and <env>/kubernetes (default: dist)
  --outputs <file>  what cdk deploy --outputs-file wrote; fills in the endpoints; needs one --env
  --json            print the summary as JSON (npm run --silent synth -- --json)
  --help            print this

An environment without an account takes CDK_DEFAULT_ACCOUNT, or 000000000000.
Deploy with npx cdk deploy -c env=<name>, apply with kubectl apply -k <dir>/<env>/kubernetes.
Exit codes: 0 all rendered and valid, 1 something is wrong and nothing of that environment was written.`;

export const main = command({
  help: HELP,
  options: {
    env: { type: 'string', multiple: true },
    out: { type: 'string', default: 'dist' },
    outputs: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
  run: async ({ env, out, outputs, json }, { print, printError }, account?: string) => {
    const names = [...new Set(env ?? Object.keys(environments))];
    if (outputs !== undefined && names.length !== 1) {
      throw new UsageError('--outputs needs one --env, because it belongs to one environment');
    }
    const summaries: EnvironmentSummary[] = [];
    for (const name of names) {
      // An environment that is wrong does not keep the others from being rendered.
      try {
        const summary = await renderEnvironment(name, join(out, name), outputs, account);
        summaries.push(summary);
        if (!json) formatSummary(summary).forEach(print);
      } catch (error) {
        expectedLines(error).forEach(printError);
      }
    }
    if (json) print(JSON.stringify(summaries, null, 2));
    return summaries.length === names.length ? 0 : 1;
  },
});

if (require.main === module) {
  run((argv, terminal) => main(argv, terminal, process.env.CDK_DEFAULT_ACCOUNT));
}
