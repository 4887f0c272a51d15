import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'iovalkey';
import { UsageError } from '../../../cli/command';
import type { LocalProcess } from '../../local-process';
import type { Ports } from '../ports';
import type { ProcessOwner } from '../process-owner';
import { valkey } from './valkey';

/** Slots of a cluster. */
const SLOTS = 16_384;

/** Masters of a cluster of this machine; each has a replica. */
const MASTERS = 3;

/** Time after which its nodes believe that one is gone, ms. */
const NODE_TIMEOUT_MS = 500;

/** Longest wait for nodes to agree, ms. */
const PATIENCE_MS = 30_000;

/** Time between two looks, ms. */
const POLL_MS = 50;

/** A node as the others and its owner reach it; on 127.0.0.1. */
export interface ClusterNode {
  readonly port: number;
  /** Port of the cluster's bus. */
  readonly busPort: number;
  /** Sends a command and its values. */
  readonly send: (...words: readonly [string, ...string[]]) => Promise<unknown>;
}

/**
 * Settings of a node of a cluster on loopback.
 * @param nodeTimeoutMs time after which nodes believe that one is gone; failovers follow within about a second
 */
export function clusterArguments(busPort: number, nodeTimeoutMs: number): string[] {
  return [
    ...['--cluster-enabled', 'yes', '--cluster-port', String(busPort), '--cluster-announce-ip', '127.0.0.1'],
    ...['--cluster-node-timeout', String(nodeTimeoutMs), '--cluster-replica-validity-factor', '0'],
    ...['--repl-diskless-sync-delay', '0', '--cluster-allow-replica-migration', 'no'],
  ];
}

/** Joins empty nodes, and waits until all slots are served and all replicas are in step. */
export async function joinCluster(
  masters: readonly ClusterNode[],
  replicas: readonly ClusterNode[],
): Promise<void> {
  const share = SLOTS / masters.length;
  await Promise.all(
    masters.map((master, index) => {
      const [first, last] = [Math.ceil(index * share), Math.ceil((index + 1) * share) - 1];
      return master.send('CLUSTER', 'ADDSLOTSRANGE', String(first), String(last));
    }),
  );
  const [first, ...others] = [...masters, ...replicas] as [ClusterNode, ...ClusterNode[]];
  for (const node of others) {
    await first.send('CLUSTER', 'MEET', '127.0.0.1', String(node.port), String(node.busPort));
  }
  await Promise.all(
    replicas.map(async (replica, index) => {
      const master = await (masters[index] as ClusterNode).send('CLUSTER', 'MYID');
      // Fails until the replica has heard of the master.
      await untilSucceeds(() => replica.send('CLUSTER', 'REPLICATE', String(master)));
    }),
  );
  await untilInStep([first, ...others]);
}

/** Waits until every node knows the others, all slots are served, and all replicas are in step. */
export async function untilInStep(nodes: readonly ClusterNode[]): Promise<void> {
  await Promise.all(nodes.map((node) => untilSucceeds(() => checkInStep(node, nodes.length))));
}

/** A node that is a process of this machine. */
export interface LocalNode extends ClusterNode {
  readonly process: LocalProcess;
}

export interface LocalClusterProps {
  /** Path of the program. */
  readonly program: string;
  /** Folder that gets a subfolder for each node. */
  readonly folder: string;
  readonly owner: ProcessOwner;
  readonly ports: Ports;
  readonly signal: AbortSignal;
  /** Learns of each process before it starts. */
  readonly onProcess: (process: LocalProcess) => void;
}

/** Starts a cluster of three masters with a replica each. @returns its nodes, masters first */
export async function startLocalCluster(props: LocalClusterProps): Promise<readonly LocalNode[]> {
  const nodes = await Promise.all(
    Array.from({ length: 2 * MASTERS }, (_, index) => startNode(`valkey-${index + 1}`, props)),
  );
  await joinCluster(nodes.slice(0, MASTERS), nodes.slice(MASTERS));
  return nodes;
}

async function startNode(
  name: string,
  { program, folder, owner, ports, signal, onProcess }: LocalClusterProps,
): Promise<LocalNode> {
  const [port, busPort] = [await ports.free(), await ports.free()];
  const own = join(folder, name);
  mkdirSync(own, { recursive: true });
  // What a former cluster of this folder knew.
  rmSync(join(own, 'nodes.conf'), { force: true });
  const args = clusterArguments(busPort, NODE_TIMEOUT_MS);
  const process = valkey({ program, port, folder: own, args, ...owner.hooks(name) });
  onProcess(process);
  await process.start(signal);
  return { process, port, busPort, send: (...words) => sendCommand(port, words) };
}

async function sendCommand(
  port: number,
  [name, ...values]: readonly [string, ...string[]],
): Promise<unknown> {
  const client = new Redis({ port, host: '127.0.0.1', lazyConnect: true, retryStrategy: () => null });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await client.call(name, ...values);
  } finally {
    if (client.status !== 'end') client.disconnect();
  }
}

async function untilSucceeds(attempt: () => Promise<unknown>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      await attempt();
      return;
    } catch (cause) {
      if (performance.now() > deadline) {
        throw new UsageError(`the Valkey cluster did not join: ${(cause as Error).message}`, { cause });
      }
      await sleep(POLL_MS);
    }
  }
}

async function checkInStep(node: ClusterNode, nodes: number): Promise<void> {
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
