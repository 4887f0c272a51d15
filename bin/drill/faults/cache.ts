import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalNode } from '../../local/platform/cache/valkey-cluster';
import { untilInStep } from '../../local/platform/cache/valkey-cluster';
import type { Fault, FaultTools } from './fault';

/** The master that is killed: not the one whose address the service has, because in the cloud that is a DNS name. */
const KILLED = 1;

/** Longest wait for the replica to take over, ms. */
const FAILOVER_MS = 20_000;

/** Time between two looks, ms. */
const POLL_MS = 100;

export function cacheMasterKilled({ platform, holdMs, signal }: FaultTools): Fault {
  const nodes = platform.cacheNodes;
  const master = nodes[KILLED] as LocalNode;
  const replica = nodes[KILLED + nodes.length / 2] as LocalNode;
  const hasTakenOver = async () => String(await replica.send('INFO', 'replication')).includes('role:master');
  return {
    begin: async () => {
      await master.process.end('SIGKILL');
      const deadline = performance.now() + FAILOVER_MS;
      while (!(await hasTakenOver()) && performance.now() < deadline) {
        await sleep(POLL_MS, undefined, { signal });
      }
      await sleep(holdMs, undefined, { signal });
    },
    missing: async () => ((await hasTakenOver()) ? null : 'the replica did not take over'),
    repair: async () => {
      await master.process.start(signal);
      await untilInStep(nodes);
    },
  };
}

export function cacheAway({ platform, holdMs, signal }: FaultTools): Fault {
  const nodes = platform.cacheNodes;
  return {
    begin: async () => {
      await Promise.all(nodes.map(({ process }) => process.end('SIGKILL')));
      await sleep(holdMs, undefined, { signal });
    },
    missing: async () => (nodes.some(({ process }) => process.running) ? 'a node still ran' : null),
    repair: async () => {
      await Promise.all(nodes.map(({ process }) => process.start(signal)));
      await untilInStep(nodes);
    },
  };
}
