import { clusterArguments, joinCluster } from '../../bin/local/platform/cache/valkey-cluster';
import { ValkeyServer } from '../service/cache/valkey-server';
import { freePort } from './servers';

/** Slots of a cluster. */
const SLOTS = 16_384;

/** Time after which nodes believe that one is gone, ms; failovers follow within about a second. */
const NODE_TIMEOUT_MS = 500;

/** A real cluster of masters with a replica each, on ports of its own. */
export class ValkeyCluster {
  private constructor(
    readonly masters: readonly ValkeyServer[],
    readonly replicas: readonly ValkeyServer[],
  ) {}

  /** Starts the nodes, joins them, and waits until all slots are served and all replicas are in step. */
  static async start(masters = 3): Promise<ValkeyCluster> {
    const nodes = await Promise.all(Array.from({ length: 2 * masters }, startNode));
    const cluster = new ValkeyCluster(nodes.slice(0, masters), nodes.slice(masters));
    await joinCluster(cluster.masters.map(joining), cluster.replicas.map(joining));
    return cluster;
  }

  get nodes(): readonly ValkeyServer[] {
    return [...this.masters, ...this.replicas];
  }

  /** Port of a node that clients begin with. */
  get port(): number {
    return this.masters[0]?.port as number;
  }

  /** The master whose slots have the key. */
  async masterOf(key: string): Promise<ValkeyServer> {
    const slot = Number(await this.masters[0]?.send('CLUSTER', 'KEYSLOT', key));
    return this.masters[Math.floor((slot * this.masters.length) / SLOTS)] as ValkeyServer;
  }

  async remove(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.remove()));
  }
}

async function startNode(): Promise<ValkeyServer> {
  const busPort = await freePort();
  return ValkeyServer.start(clusterArguments(busPort, NODE_TIMEOUT_MS), undefined, busPort);
}

function joining(node: ValkeyServer) {
  const { port, busPort } = node;
  return { port, busPort, send: (...words: readonly [string, ...string[]]) => node.send(...words) };
}
