import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applied } from '../../../bin/deploy/render-manifests';
import { renderManifests } from '../../../k8s/manifests';
import { loadEnvironment } from '../../../lib/config/resolve-config';
import { servedKinds } from '../cloud/deployment-world';
import { describeWithServers, programPath } from '../servers';
import { FakeCluster } from './fake-cluster';

describeWithServers('kubectl against the fake cluster', ['kubectl'], () => {
  let cluster: FakeCluster;
  let folder: string;
  beforeAll(async () => {
    cluster = await FakeCluster.start(servedKinds());
    cluster.checksObjects = true;
    folder = mkdtempSync(join(tmpdir(), 'kubectl-'));
    const certificate = Buffer.from(cluster.certificateAuthority).toString('base64');
    const server = { server: cluster.server.url, 'certificate-authority-data': certificate };
    const config = {
      ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'fake' },
      contexts: [{ name: 'fake', context: { cluster: 'fake', user: 'fake' } }],
      clusters: [{ name: 'fake', cluster: server }],
      users: [{ name: 'fake', user: { token: 'the-token' } }],
    };
    writeFileSync(join(folder, 'config'), JSON.stringify(config));
  });
  afterAll(async () => {
    await cluster?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function kubectl(...argv: string[]): Promise<{ readonly code: number; readonly output: string }> {
    const options = ['--kubeconfig', join(folder, 'config'), '--cache-dir', join(folder, 'cache')];
    return new Promise((resolve) => {
      execFile(programPath('kubectl'), [...options, '--request-timeout=10s', ...argv], (error, out, errors) =>
        resolve({ code: error ? 1 : 0, output: `${out}${errors}` }),
      );
    });
  }

  it('applies the manifests of dev by server-side apply, reads them back, and is told what is not there', async () => {
    const documents = applied(renderManifests(loadEnvironment('dev')).manifests);
    const file = join(folder, 'manifests.json');
    const own = documents.filter(({ kind }) => kind !== 'VerticalPodAutoscaler');
    writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: own }));
    const apply = ['apply', '--server-side', '--force-conflicts', '--validate=false', '-f', file];
    const { code, output } = await kubectl(...apply);
    expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' });
    expect(output).toContain('deployment.apps/llm-cost-ops-api serverside-applied');
    const read = await kubectl('get', 'deployment', 'llm-cost-ops-api', '-n', 'llm-cost-ops', '-o', 'json');
    expect(JSON.parse(read.output)).toMatchObject({
      kind: 'Deployment',
      metadata: { name: 'llm-cost-ops-api' },
    });
    expect(await kubectl('get', 'configmap', 'none', '-n', 'llm-cost-ops')).toEqual({
      code: 1,
      output: 'Error from server (NotFound): configmaps "none" not found\n',
    });
  });
});
