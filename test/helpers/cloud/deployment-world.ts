import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DeploySurroundings } from '../../../bin/deploy';
import { applied } from '../../../bin/deploy/render-manifests';
import { definedKinds } from '../../../bin/kubernetes/definitions';
import type { KubernetesDocument } from '../../../k8s/manifest';
import { renderManifests } from '../../../k8s/manifests';
import { loadEnvironment } from '../../../lib/config/resolve-config';
import { FakeCluster } from '../fake-kubernetes/fake-cluster';
import { ApiDouble } from './api-double';
import { CloudDouble } from './cloud-double';

/** Everything that a deployment talks to, on this machine. */
export interface DeploymentWorld {
  readonly environment: string;
  readonly cloud: CloudDouble;
  readonly cluster: FakeCluster;
  readonly api: ApiDouble;
  /** Folder that stands for the repository. */
  readonly root: string;
  /** What a command reaches in this world. */
  surroundings(signal?: AbortSignal): DeploySurroundings;
  /** Everything as at the start. */
  reset(): void;
  close(): Promise<void>;
}

const FIRST_SECRET = 'a'.repeat(43);

const rendered = new Map<string, readonly KubernetesDocument[]>();

/** Kinds that the manifests of an environment use and do not define. */
export function servedKinds(environment = 'dev'): [string, string][] {
  const known = rendered.get(environment) ?? applied(renderManifests(loadEnvironment(environment)).manifests);
  rendered.set(environment, known);
  const own = definedKinds(known);
  return known.filter(({ kind }) => !own.has(kind)).map(({ apiVersion, kind }) => [apiVersion, kind]);
}

export async function deploymentWorld(environment = 'dev'): Promise<DeploymentWorld> {
  const { account, cluster: clusterConfig } = loadEnvironment(environment);
  const cloud = await CloudDouble.start({ account });
  const cluster = await FakeCluster.start(servedKinds(environment));
  cluster.checksObjects = true;
  const api = await ApiDouble.start({ firstKey: `lco_${FIRST_SECRET}` });
  const root = mkdtempSync(join(tmpdir(), 'deployment-'));
  const begin = () => {
    cloud.cloud.secrets.set('*', FIRST_SECRET);
    const { certificateAuthority } = cluster;
    cloud.cloud.clusters.set(clusterConfig.name, { endpoint: cluster.server.url, certificateAuthority });
  };
  begin();
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'a-secret' };
  return {
    environment,
    cloud,
    cluster,
    api,
    root,
    surroundings: (signal = new AbortController().signal) => ({
      machine: {
        environment: { PATH: process.env['PATH'], HOME: root, ...cloud.environment },
        home: root,
        root,
        now: () => new Date(),
        elapsedMs: () => performance.now(),
        pauseMs: 20,
      },
      signal,
      aws: {
        client: { endpoint: cloud.server.url, credentials },
        retries: { baseDelayMs: 1, maxDelayMs: 2 },
      },
      ask: undefined,
      entrance: { origin: api.server.url, host: 'api.dev.example.com' },
    }),
    reset: () => {
      cloud.reset();
      cluster.reset();
      rmSync(join(root, '.deploy'), { recursive: true, force: true });
      begin();
    },
    close: async () => {
      await Promise.all([cloud.close(), cluster.close(), api.close()]);
      rmSync(root, { recursive: true, force: true });
    },
  };
}
