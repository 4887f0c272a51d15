import { join } from 'node:path';
import type { RenderedManifests } from '../../k8s/manifests';
import { loadEnvironment } from '../../lib/config/resolve-config';
import { expectedLines, UsageError } from '../cli/command';
import { refuseForeignDirectory, replaceDirectory } from '../cli/output-directory';
import {
  type ChartsSummary,
  chartsSummary,
  checkedManifests,
  holdsManifests,
  writeManifests,
} from './write-charts';

export interface RenderChartsProps {
  /** Names of the environments. */
  readonly environments: readonly string[];
  /** Directory to replace, for a single environment. @default - dist/<environment>/kubernetes */
  readonly directory?: string;
  /** File of `cdk deploy --outputs-file`. @default - the endpoints of deployed resources are left out */
  readonly outputsFile?: string;
  /** Account of environments that name none. @default - 000000000000 */
  readonly account?: string;
}

/** What is to be written for one environment. */
interface Output {
  readonly environment: string;
  readonly directory: string;
  readonly rendered: RenderedManifests;
}

/**
 * Renders and checks the manifests of environments, then writes them.
 * @throws UsageError with the errors of all environments; then nothing is written
 */
export async function renderCharts(props: RenderChartsProps): Promise<ChartsSummary[]> {
  const outputs = prepareAll(props);
  for (const { directory, rendered } of outputs) {
    await replaceDirectory(directory, (staging) => writeManifests(staging, rendered));
  }
  return outputs.map(({ environment, directory, rendered }) =>
    chartsSummary(environment, directory, rendered),
  );
}

function prepareAll(props: RenderChartsProps): Output[] {
  const errors: string[] = [];
  const outputs = props.environments.flatMap((name) => {
    try {
      return [prepare(name, props)];
    } catch (error) {
      errors.push(...expectedLines(error));
      return [];
    }
  });
  if (errors.length > 0) throw new UsageError(errors.join('\n'));
  return outputs;
}

function prepare(environment: string, props: RenderChartsProps): Output {
  const config = loadEnvironment(environment, {}, props.account);
  const directory = props.directory ?? join('dist', environment, 'kubernetes');
  refuseForeignDirectory(directory, () => holdsManifests(directory));
  return { environment, directory, rendered: checkedManifests(config, props.outputsFile) };
}
