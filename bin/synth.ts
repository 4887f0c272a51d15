/** `npm run synth`: CloudFormation and Kubernetes of one or all environments, validated, into `dist/`. */
import { readdirSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, AssetStaging } from 'aws-cdk-lib';
import type { CloudFormationStackArtifact } from 'aws-cdk-lib/cx-api';
import cdkJson from '../cdk.json';
import { environments } from '../lib/config/environments';
import { STACK_IDS } from '../lib/config/names';
import { loadEnvironment } from '../lib/config/resolve-config';
import { createPlatform } from '../lib/platform';
import { synthesizeStrictly } from '../lib/synthesize';
import { type ChartsSummary, holdsManifests, writeCharts } from './charts/write-charts';
import { expectedLines, parseOptions, run, type Terminal, UsageError } from './cli/command';
import { refuseForeignDirectory, replaceDirectory } from './cli/output-directory';

const HELP = `Renders and validates the platform, offline and without credentials.

Usage: npm run synth -- [options]

  --env <name>      environment to render; may be repeated (default: all: ${Object.keys(environments).join(', ')})
  --out <dir>       directory that gets <env>/cloudformation and <env>/kubernetes (default: dist)
  --outputs <file>  what cdk deploy --outputs-file wrote; fills in the endpoints; needs one --env
  --json            print the summary as JSON (npm run --silent synth -- --json)
  --help            print this

Deploy with npx cdk deploy -c env=<name>, apply with kubectl apply -k <dir>/<env>/kubernetes.
Exit codes: 0 all rendered and valid, 1 something is wrong and nothing of that environment was written.`;

/** What the CDK CLI would put into the context from cdk.json, so that both ways give the same templates. */
const CONTEXT = {
  ...cdkJson.context,
  'aws:cdk:enable-path-metadata': cdkJson.pathMetadata,
  'aws:cdk:enable-asset-metadata': cdkJson.assetMetadata,
};

/** Files of an assembly that say where in the code a construct was made. */
const TRACED_FILES = /\.metadata\.json$|^validation-report\.json$/;

const TEMPLATES_FOLDER = 'cloudformation';
const MANIFESTS_FOLDER = 'kubernetes';

interface StackSummary {
  readonly id: string;
  readonly stackName: string;
  readonly region: string;
  readonly resources: number;
  readonly templateKilobytes: number;
  readonly terminationProtection: boolean;
}

interface EnvironmentSummary {
  readonly environment: string;
  readonly account: string;
  readonly directory: string;
  readonly stacks: readonly StackSummary[];
  /** Validation rules that the code acknowledges with a reason. */
  readonly acknowledgements: number;
  readonly kubernetes: Pick<ChartsSummary, 'files' | 'warnings'>;
  readonly seconds: number;
}

/**
 * Renders each environment beside its old output and puts it in place when all of it is valid.
 * @returns exit code
 */
export async function main(argv: readonly string[], terminal: Terminal): Promise<number> {
  let failed = false;
  const attempt = async <T>(work: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      for (const line of expectedLines(error)) terminal.printError(line);
      failed = true;
      return undefined;
    }
  };

  const options = await attempt(() => readOptions(argv));
  if (options === undefined) return 1;
  const { names, out, outputs, json, help } = options;
  if (help) {
    terminal.print(HELP);
    return 0;
  }
  const summaries: EnvironmentSummary[] = [];
  for (const name of names) {
    const summary = await attempt(() => renderEnvironment(name, join(out, name), outputs));
    if (summary === undefined) continue;
    summaries.push(summary);
    if (!json) printSummary(summary, terminal);
  }
  if (json) terminal.print(JSON.stringify(summaries, null, 2));
  return failed ? 1 : 0;
}

function readOptions(argv: readonly string[]) {
  const { env, out, outputs, json, help } = parseOptions(argv, {
    env: { type: 'string', multiple: true },
    out: { type: 'string', default: 'dist' },
    outputs: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  });
  const names = env === undefined ? Object.keys(environments) : [...new Set(env)];
  if (outputs !== undefined && names.length !== 1) {
    throw new UsageError('--outputs needs one --env, for it belongs to one environment');
  }
  return { names, out, outputs, json, help };
}

async function renderEnvironment(
  name: string,
  directory: string,
  outputs?: string,
): Promise<EnvironmentSummary> {
  const started = performance.now();
  const config = loadEnvironment(name);
  refuseForeignDirectory(
    directory,
    (entries) =>
      entries.every((entry) => entry === TEMPLATES_FOLDER || entry === MANIFESTS_FOLDER) &&
      holdsManifests(join(directory, MANIFESTS_FOLDER)),
  );
  const rendered = await replaceDirectory(directory, (staging) => {
    const { files, warnings } = writeCharts(config, join(staging, MANIFESTS_FOLDER), outputs);
    // It remembers by folder what it has bundled, and a folder of the same name has been put in its place since.
    AssetStaging.clearAssetHashCache();
    const app = new App({ context: CONTEXT, outdir: join(staging, TEMPLATES_FOLDER) });
    createPlatform(app, config);
    const { assembly, validation } = synthesizeStrictly(app);
    makePathsRelative(assembly.directory);
    return {
      stacks: STACK_IDS.map((id) => summarizeStack(assembly.getStackArtifact(id))),
      acknowledgements: validation.acknowledged,
      kubernetes: { files, warnings },
    };
  });
  return {
    environment: name,
    account: config.account,
    directory,
    ...rendered,
    seconds: Number(((performance.now() - started) / 1000).toFixed(1)),
  };
}

function summarizeStack(stack: CloudFormationStackArtifact): StackSummary {
  return {
    id: stack.id,
    stackName: stack.stackName,
    region: stack.environment.region,
    resources: Object.keys(stack.template.Resources ?? {}).length,
    templateKilobytes: Math.ceil(statSync(stack.templateFullPath).size / 1024),
    terminationProtection: stack.terminationProtection ?? false,
  };
}

/** Makes the assembly the same wherever the repository lies: stack traces name files by absolute path. */
function makePathsRelative(directory: string): void {
  const root = join(__dirname, '..');
  const packages = realpathSync(join(root, 'node_modules')); // may be a link, which traces have followed
  for (const name of readdirSync(directory).filter((file) => TRACED_FILES.test(file))) {
    const path = join(directory, name);
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replaceAll(packages, 'node_modules').replaceAll(`${root}/`, ''));
  }
}

function printSummary(summary: EnvironmentSummary, { print }: Terminal): void {
  const { environment, account, stacks, kubernetes, directory } = summary;
  print(`${environment} (account ${account}) -> ${directory} in ${summary.seconds} s`);
  for (const { id, stackName, region, resources, templateKilobytes, terminationProtection } of stacks) {
    const size = `${resources} resources, ${templateKilobytes} KB`;
    const protection = terminationProtection ? ', termination-protected' : '';
    print(`  ${id.padEnd(18)} ${stackName.padEnd(40)} ${region.padEnd(12)} ${size}${protection}`);
  }
  const objects = kubernetes.files.length - 1; // without kustomization.yaml
  print(`  Kubernetes: ${objects} objects; valid against the API schemas and our own rules`);
  print(
    `  Validation: no finding of CloudFormation or AwsSolutions; ${summary.acknowledgements} acknowledged in the code`,
  );
  for (const warning of kubernetes.warnings) print(`  Warning: ${warning}`);
}

if (require.main === module) run(main);
