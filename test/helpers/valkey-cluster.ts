import { ValkeyServer } from '../service/cache/valkey-server';
import { freePort, until } from './servers';

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
    await cluster.join();
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

  private async join(): Promise<void> {
    const share = SLOTS / this.masters.length;
    await Promise.all(
      this.masters.map((master, index) =>
        master.send(
          ...(['CLUSTER', 'ADDSLOTSRANGE'] as const),
          String(Math.ceil(index * share)),
          String(Math.ceil((index + 1) * share) - 1),
        ),
      ),
    );
    const [first, ...others] = this.nodes as [ValkeyServer, ...ValkeyServer[]];
    for (const node of others)
      await first.send('CLUSTER', 'MEET', '127.0.0.1', String(node.port), String(node.busPort));
    await Promise.all(
      this.replicas.map(async (replica, index) => {
        const master = await (this.masters[index] as ValkeyServer).send('CLUSTER', 'MYID');
        // Fails until the replica has heard of the master.
        await until(() => replica.send('CLUSTER', 'REPLICATE', String(master)));
      }),
    );
    await Promise.all(this.nodes.map((node) => until(() => isInStep(node, this.nodes.length))));
  }
}

async function startNode(): Promise<ValkeyServer> {
  const busPort = await freePort();
  return ValkeyServer.start(
    [
      ...[
        '--cluster-enabled',
        'yes',
        '--cluster-port',
        String(busPort),
        '--cluster-announce-ip',
        '127.0.0.1',
      ],
      ...['--cluster-node-timeout', String(NODE_TIMEOUT_MS), '--cluster-replica-validity-factor', '0'],
      ...['--repl-diskless-sync-delay', '0', '--cluster-allow-replica-migration', 'no'],
    ],
    undefined,
    busPort,
  );
}

async function isInStep(node: ValkeyServer, nodes: number): Promise<void> {
  const state = String(await node.send('CLUSTER', 'INFO'));
  if (!state.includes('cluster_state:ok') || !state.includes(`cluster_known_nodes:${nodes}`)) {
    throw new Error(`the cluster is not ready: ${state.slice(0, 200)}`);
  }
  const shards = String(await node.send('CLUSTER', 'NODES'));
  if (shards.split(' slave ').length + shards.split(',slave ').length - 2 < nodes / 2) {
    throw new Error('the node does not know all replicas yet');
  }
  const replication = String(await node.send('INFO', 'replication'));
  if (replication.includes('role:slave') && !replication.includes('master_link_status:up')) {
    throw new Error('a replica is not in step yet');
  }
}
