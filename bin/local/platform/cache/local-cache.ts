import { join } from 'node:path';
import type { StartTools } from '../start-tools';
import { valkey, valkeyProgram } from './valkey';
import { type LocalNode, startLocalCluster } from './valkey-cluster';

/** A running Valkey. */
export interface LocalCache {
  /** Port of the server, or of the cluster's first node. */
  readonly port: number;
  /** Nodes of the cluster, masters first; none where it is a single server. */
  readonly nodes: readonly LocalNode[];
}

/** Starts Valkey as one server or as a cluster. @returns null where none is wanted, or none is installed */
export async function startCache({ props, ports, owner, processes }: StartTools): Promise<LocalCache | null> {
  const { cache, cacheCluster = false, searchPath, onStep, signal } = props;
  if (!cache) return null;
  const program = valkeyProgram(searchPath);
  if (program === undefined) {
    onStep('Valkey is not installed: each API process has a cache of its own only');
    return null;
  }
  const folder = join(props.folder, 'logs');
  if (cacheCluster) {
    const nodes = await startLocalCluster({
      ...{ program, owner, ports, signal, folder },
      onProcess: (process) => processes.backends.add(process),
    });
    return { port: (nodes[0] as LocalNode).port, nodes };
  }
  const port = await ports.of('cache');
  const server = valkey({ program, port, folder, ...owner.hooks('valkey') });
  processes.backends.add(server);
  await server.start(signal);
  return { port, nodes: [] };
}
