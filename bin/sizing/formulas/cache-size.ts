import type { LoadShape } from '../load-shape';
import { missShare, type RequestCost } from '../request-cost';

/** Memory of nodes, GiB (ElastiCache User Guide, parameters by node type: `maxmemory`). */
const NODE_GIB: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  t4g: { micro: 0.5, small: 1.37, medium: 3.09 },
  m: {
    large: 6.38,
    xlarge: 12.93,
    '2xlarge': 26.04,
    '4xlarge': 52.26,
    '8xlarge': 103.68,
    '12xlarge': 157.12,
    '16xlarge': 209.55,
  },
  r: {
    large: 13.07,
    xlarge: 26.32,
    '2xlarge': 52.82,
    '4xlarge': 105.81,
    '8xlarge': 209.55,
    '12xlarge': 317.77,
    '16xlarge': 419.09,
  },
};

/** ElastiCache reserves a quarter for backups and failover (`reserved-memory-percent`). */
const USABLE_SHARE = 0.75;

/** Bytes of an entry beside the answer: key, tags, expiry. Assumption. */
const ENTRY_BYTES = 512;

/** Commands of a request: look-up, lease, write, tags. Assumption, at the upper end. */
const COMMANDS_PER_REQUEST = 4;

/** Commands a second of a shard: its main thread runs them on one core. Assumption, below what redis-benchmark shows. */
const SHARD_COMMANDS = 50_000;

/** Connections that each pod opens to each shard: commands and subscriptions. */
const CONNECTIONS_PER_POD = 2;

/** Most connections of a node (ElastiCache User Guide, `maxclients`). */
export const NODE_CONNECTIONS = 65_000;

const GIBIBYTE = 1024 ** 3;

export interface CacheNeeds {
  /** Answers that expire within one lifetime of an answer, at the busiest hour, GiB. */
  readonly workingSetGib: number;
  /** Commands a second at the peak. */
  readonly commands: number;
}

export interface CacheSize {
  readonly nodeType: string;
  readonly shards: number;
}

/** @param ttlSeconds lifetime of an answer (`gateway.cacheTtlSeconds`) */
export function cacheNeeds(
  { peak, busiestHour }: Pick<LoadShape, 'peak' | 'busiestHour'>,
  cost: RequestCost,
  ttlSeconds: number,
): CacheNeeds {
  const entries = busiestHour * missShare(cost) * ttlSeconds;
  return {
    workingSetGib: (entries * (cost['answer-bytes'] + ENTRY_BYTES)) / GIBIBYTE,
    commands: peak * COMMANDS_PER_REQUEST,
  };
}

/** What shards of a type hold: GiB of answers, and commands a second. */
export function cacheCapacity({ nodeType, shards }: CacheSize): CacheNeeds {
  return { workingSetGib: shards * nodeGib(nodeType) * USABLE_SHARE, commands: shards * SHARD_COMMANDS };
}

/**
 * The smallest type of the configured family that holds the working set with at most the configured shards, and as few
 * of them as are enough. Where even the largest is too small, more shards of the largest.
 */
export function chooseCache(configured: CacheSize, needs: CacheNeeds): CacheSize {
  const sizes = typesOf(configured.nodeType).map((nodeType) => ({
    nodeType,
    shards: Math.max(
      1,
      Math.ceil(needs.workingSetGib / (nodeGib(nodeType) * USABLE_SHARE)),
      Math.ceil(needs.commands / SHARD_COMMANDS),
    ),
  }));
  return sizes.find(({ shards }) => shards <= configured.shards) ?? (sizes.at(-1) as CacheSize);
}

/** Client connections of a node. @param pods of the API and the admin servers, during a roll-out */
export function cacheConnections(pods: number): number {
  return pods * CONNECTIONS_PER_POD;
}

function typesOf(nodeType: string): string[] {
  const [, family = ''] = nodeType.split('.');
  return Object.keys(familyOf(family)).map((size) => `cache.${family}.${size}`);
}

/** @throws Error on a node type that the schema does not allow */
function nodeGib(nodeType: string): number {
  const [, family = '', size = ''] = nodeType.split('.');
  const memory = familyOf(family)[size];
  if (memory === undefined) {
    throw new Error(`unknown node type '${nodeType}'; use a Graviton type such as cache.r7g.large`);
  }
  return memory;
}

function familyOf(family: string): Readonly<Record<string, number>> {
  return NODE_GIB[family === 't4g' ? family : family.charAt(0)] ?? {};
}
