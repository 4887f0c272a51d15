/** `npm run charts`: the Kubernetes manifests of one or all environments, checked, into `dist/`. */
import { join } from 'node:path';
import type { RenderedManifests } from '../k8s/manifests';
import { environments } from '../lib/config/environments';
import { loadEnvironment } from '../lib/config/resolve-config';
import {
  type ChartsSummary,
  chartsSummary,
  checkedManifests,
  holdsManifests,
  writeManifests,
} from './charts/write-charts';
import { expectedLines, parseOptions, run, type Terminal, UsageError } from './cli/command';
import { refuseForeignDirectory, replaceDirectory } from './cli/output-directory';

const HELP = `Renders and checks the Kubernetes manifests.

Usage: npm run charts -- [options]

  --env <name>      environment to render (default: all: ${Object.keys(environments).join(', ')})
  --out <dir>       directory to replace (default: dist/<env>/kubernetes); needs --env
  --outputs <file>  what cdk deploy --outputs-file wrote; fills in the endpoints; needs --env
  --json            print the summary as JSON
  --help            print this

Apply with kubectl apply -k <dir>.
Exit codes: 0 all rendered and valid, 1 something is wrong and nothing was written.`;

interface Options {
  readonly env?: string;
  readonly outputs?: string;
  readonly out?: string;
  readonly json: boolean;
  readonly help: boolean;
}

/** What is to be written for one environment. */
interface Output {
  readonly environment: string;
  readonly directory: string;
  readonly rendered: RenderedManifests;
}

/**
 * Renders, checks and writes; writes nothing when anything is wrong with any environment.
 * @returns exit code
 */
export async function main(argv: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const options = readOptions(argv);
    if (options.help) {
      terminal.print(HELP);
      return 0;
    }
    const outputs = prepareAll(options);
    for (const { directory, rendered } of outputs) {
      await replaceDirectory(directory, (staging) => writeManifests(staging, rendered));
    }
    const summaries = outputs.map((output) =>
      chartsSummary(output.environment, output.directory, output.rendered),
    );
    report(summaries, options.json, terminal);
    return 0;
  } catch (error) {
    for (const line of expectedLines(error)) terminal.printError(line);
    return 1;
  }
}

function readOptions(argv: readonly string[]): Options {
  const options = parseOptions(argv, {
    env: { type: 'string' },
    outputs: { type: 'string' },
    out: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  });
  for (const name of ['outputs', 'out'] as const) {
    if (options[name] !== undefined && options.env === undefined) {
      throw new UsageError(`--${name} needs --env, for it belongs to one environment`);
    }
  }
  return options;
}

/** Every environment, or the errors of every environment. */
function prepareAll(options: Options): Output[] {
  const errors: string[] = [];
  const names = options.env === undefined ? Object.keys(environments) : [options.env];
  const outputs = names.flatMap((name) => {
    try {
      return [prepare(name, options)];
    } catch (error) {
      errors.push(...expectedLines(error));
      return [];
    }
  });
  if (errors.length > 0) throw new UsageError(errors.join('\n'));
  return outputs;
}

function prepare(environment: string, { outputs, out }: Options): Output {
  const config = loadEnvironment(environment);
  const directory = out ?? join('dist', environment, 'kubernetes');
  refuseForeignDirectory(directory, () => holdsManifests(directory));
  return { environment, directory, rendered: checkedManifests(config, outputs) };
}

function report(summaries: readonly ChartsSummary[], json: boolean, terminal: Terminal): void {
  if (json) {
    terminal.print(JSON.stringify(summaries, null, 2));
    return;
  }
  for (const { environment, directory, files, warnings } of summaries) {
    terminal.print(`${environment}: ${files.length} files in ${directory}`);
    for (const warning of warnings) terminal.print(`  warning: ${warning}`);
  }
}

if (require.main === module) run(main);
