import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { CloudDouble } from '../cloud/cloud-double';
import type { DeploymentWorld } from '../cloud/deployment-world';
import { putAssembly } from '../cloud/put-stack';
import type { FakeObject } from '../fake-kubernetes/fake-cluster';
import { releasedTree } from './released-tree';
import type { DeployedRevision } from './revisions';

/**
 * Deploys an environment from a former state of this repository: its own synthesis, its templates into the double, its own
 * manifests with the outputs of the stacks, applied in the order of its kustomization.
 */
export async function deployRevision(
  { environment, cloud, cluster }: DeploymentWorld,
  { revision, fieldManager }: DeployedRevision,
): Promise<void> {
  const tree = releasedTree(revision);
  try {
    const out = join(tree.folder, 'out');
    await tree.run('bin/synth.ts', '--env', environment, '--out', out);
    putAssembly(cloud, join(out, environment, 'cloudformation'));
    const outputs = join(tree.folder, 'cdk-outputs.json');
    writeFileSync(outputs, JSON.stringify(outputsOf(cloud)));
    const manifests = join(tree.folder, 'manifests');
    await tree.run('bin/charts.ts', '--env', environment, '--out', manifests, '--outputs', outputs);
    for (const document of inOrder(manifests)) {
      cluster.serve(document.apiVersion, document.kind);
      cluster.apply(document, fieldManager);
    }
  } finally {
    tree.remove();
  }
}

/** What `cdk deploy --outputs-file` writes. */
function outputsOf({ cloudFormation: { engine } }: CloudDouble): Record<string, unknown> {
  return Object.fromEntries(engine.stacks.map(({ name, outputs }) => [name, outputs]));
}

function inOrder(folder: string): FakeObject[] {
  const { resources } = read(join(folder, 'kustomization.yaml')) as { resources: readonly string[] };
  return resources.map((file) => read(join(folder, file)) as FakeObject);
}

function read(path: string): unknown {
  return parse(readFileSync(path, 'utf8'));
}
