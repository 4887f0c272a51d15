import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ARGO_FOLDER } from '../../k8s/argo-application';
import { KUSTOMIZATION_FILE } from '../../k8s/kustomization';
import type { KubernetesDocument, Manifest } from '../../k8s/manifest';
import { checkedManifests, holdsManifests, writeManifests } from '../charts/write-charts';
import { refuseForeignDirectory, replaceDirectory } from '../cli/output-directory';
import type { CloudContext } from '../cloud/machine';
import type { LiveStack } from '../cloud/read-stack';
import { stateFile } from './record/run-state';

/** The manifests of an environment with the values of its deployed stacks. */
export interface EnvironmentManifests {
  /** What is applied, in its order. */
  readonly documents: readonly KubernetesDocument[];
  /** What a person should know. */
  readonly warnings: readonly string[];
}

/**
 * Writes the outputs of stacks in the form of `cdk deploy --outputs-file`.
 * @param suffix end of the file's name. @default '-outputs.json'
 * @returns path of the file
 */
export function writeOutputs(
  { config, machine }: CloudContext,
  stacks: readonly LiveStack[],
  suffix = '-outputs.json',
): string {
  const path = stateFile(machine.root, config.environment, suffix);
  const outputs = Object.fromEntries(stacks.map(({ stackName, outputs: values }) => [stackName, values]));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(outputs, null, 2)}\n`);
  return path;
}

/**
 * Renders and checks the manifests, and writes them to dist/<env>/kubernetes.
 * @throws StackOutputsError, ManifestError or UsageError; then nothing is written
 */
export async function renderForCluster(
  context: CloudContext,
  outputsFile: string,
): Promise<EnvironmentManifests> {
  const { config, machine } = context;
  const directory = join(machine.root, 'dist', config.environment, 'kubernetes');
  refuseForeignDirectory(directory, () => holdsManifests(directory));
  const rendered = checkedManifests(config, outputsFile);
  await replaceDirectory(directory, (staging) => writeManifests(staging, rendered));
  return { documents: applied(rendered.manifests), warnings: rendered.warnings };
}

/** The documents that are applied: not the kustomization, and not what belongs to Argo CD. */
export function applied(manifests: readonly Manifest[]): KubernetesDocument[] {
  return manifests
    .filter(({ fileName }) => fileName !== KUSTOMIZATION_FILE && !fileName.startsWith(`${ARGO_FOLDER}/`))
    .map(({ document }) => document);
}
