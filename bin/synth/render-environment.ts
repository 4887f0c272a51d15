import { readdirSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, AssetStaging } from 'aws-cdk-lib';
import type { CloudFormationStackArtifact } from 'aws-cdk-lib/cx-api';
import cdkJson from '../../cdk.json';
import { STACK_IDS } from '../../lib/config/names';
import { loadEnvironment } from '../../lib/config/resolve-config';
import { createPlatform } from '../../lib/platform';
import { synthesizeStrictly } from '../../lib/synthesize';
import { withBuiltImage } from '../build-service/built-image';
import { type ChartsSummary, holdsManifests, writeCharts } from '../charts/write-charts';
import { refuseForeignDirectory, replaceDirectory } from '../cli/output-directory';

/** The context that the CDK CLI reads from cdk.json, so that `npm run synth` and `npx cdk` give the same templates. */
const CONTEXT = {
  ...cdkJson.context,
  'aws:cdk:enable-path-metadata': cdkJson.pathMetadata,
  'aws:cdk:enable-asset-metadata': cdkJson.assetMetadata,
};

/** Files of an assembly that hold stack traces of constructs. */
const TRACED_FILES = /\.metadata\.json$|^validation-report\.json$/;

const TEMPLATES_FOLDER = 'cloudformation';
const MANIFESTS_FOLDER = 'kubernetes';

/** What was rendered of one stack. */
export interface StackSummary {
  /** Construct id, such as Network. */
  readonly id: string;
  /** Name in CloudFormation, such as llm-cost-ops-dev-network. */
  readonly stackName: string;
  /** AWS region that it is deployed to. */
  readonly region: string;
  /** Number of resources in its template. */
  readonly resources: number;
  /** Size of its template, KB. */
  readonly templateKilobytes: number;
  /** Whether CloudFormation refuses to delete it. */
  readonly terminationProtection: boolean;
}

/** What was rendered of one environment; `--json` prints a list of these. */
export interface EnvironmentSummary {
  /** Name of the environment. */
  readonly environment: string;
  /** AWS account id. */
  readonly account: string;
  /** Directory that holds the output. */
  readonly directory: string;
  /** Stacks in the order of their deployment. */
  readonly stacks: readonly StackSummary[];
  /** Number of validation findings that the code acknowledges with a reason. */
  readonly acknowledgements: number;
  /** Manifest files, and what a person who applies them should know. */
  readonly kubernetes: Pick<ChartsSummary, 'files' | 'warnings'>;
  /** Time that it took. */
  readonly seconds: number;
}

/**
 * Renders an environment beside its old output, and replaces that when all of it is valid.
 * @param directory that gets cloudformation/ and kubernetes/
 * @param outputs file of `cdk deploy --outputs-file`
 * @param account of an environment that names none
 * @throws UsageError, ConfigError, StackOutputsError, ManifestError or ValidationError; the old output stays as it is
 */
export async function renderEnvironment(
  name: string,
  directory: string,
  outputs?: string,
  account?: string,
): Promise<EnvironmentSummary> {
  const started = performance.now();
  const config = withBuiltImage(loadEnvironment(name, {}, account));
  refuseForeignDirectory(
    directory,
    (entries) =>
      entries.every((entry) => entry === TEMPLATES_FOLDER || entry === MANIFESTS_FOLDER) &&
      holdsManifests(join(directory, MANIFESTS_FOLDER)),
  );
  const rendered = await replaceDirectory(directory, (staging) => {
    const { files, warnings } = writeCharts(config, join(staging, MANIFESTS_FOLDER), outputs);
    // Its cache is keyed by folder name, and a folder of the same name may have been replaced in this process.
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

/** Makes paths in stack traces relative, so that the assembly is the same in every clone. */
function makePathsRelative(directory: string): void {
  const root = join(__dirname, '..', '..');
  const packages = realpathSync(join(root, 'node_modules')); // traces follow a symbolic link
  for (const name of readdirSync(directory).filter((file) => TRACED_FILES.test(file))) {
    const path = join(directory, name);
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replaceAll(packages, 'node_modules').replaceAll(`${root}/`, ''));
  }
}
