import { UsageError } from '../cli/command';

/** A number that no template says. */
export interface Assumption {
  /** The assumed number, in `unit`. */
  readonly value: number;
  /** Unit as text, such as `KB` or `% of …`. */
  readonly unit: string;
  /** Why this value. */
  readonly reason: string;
  /** Smallest value that `--assume` takes. */
  readonly least: number;
  /** Largest value that `--assume` takes. */
  readonly most: number;
}

function assume(value: number, unit: string, reason: string, least = 0, most = 1_000_000_000): Assumption {
  return { value, unit, reason, least, most };
}

/** Everything about the use of an environment that its templates do not say; `--assume name=value` overrides. */
export const ASSUMPTIONS = {
  'mean-load-percent': assume(
    20,
    '% of objectives.requestsPerSecond',
    'the objective is the load to be able to carry; traffic that swings 10 to 100 times has a mean far below it',
    0.1,
    100,
  ),
  'low-load-percent': assume(1, '% of the expected mean load', 'next to no traffic', 0, 100),
  'requests-per-replica': assume(
    100,
    'requests/s a replica, where the HPA has no target for them',
    'the seed’s capacity of a replica',
    1,
  ),
  'request-kilobytes': assume(2, 'KB a request', 'a question to the API with its headers'),
  'response-kilobytes': assume(10, 'KB a response', 'a page of costs as JSON'),
  'connections-per-request': assume(
    0.1,
    'new connections a request',
    'HTTP clients that keep connections alive',
    0,
    1,
  ),
  'connection-seconds': assume(120, 's a connection', 'the idle time-out of the load balancer'),
  'cdn-percent': assume(
    20,
    '% of the API’s requests through CloudFront',
    'people in the web app; the rest are programs',
    0,
    100,
  ),
  'cdn-files-per-request': assume(0.2, 'files a request through CloudFront', 'browsers cache the app'),
  'cdn-file-kilobytes': assume(50, 'KB a file', 'compressed scripts and styles'),
  'nat-kilobytes-per-request': assume(0.5, 'KB a request', 'calls of pods to the internet'),
  'nat-outbound-percent': assume(50, '% of those bytes', 'prompts are as long as answers', 0, 100),
  'nat-gigabytes': assume(20, 'GB a month', 'images from public registries, updates'),
  'endpoint-gigabytes': assume(
    20,
    'GB a month and interface endpoint',
    'image layers go through S3’s own endpoint; tokens and metrics are small',
  ),
  'flow-log-kilobytes-per-request': assume(
    0.05,
    'KB a request',
    'a record of about 100 bytes for a connection and ten minutes',
  ),
  'flow-log-gigabytes': assume(
    5,
    'GB a month',
    'what is there without traffic: health checks, nodes, endpoints',
  ),
  'cluster-log-gigabytes': assume(10, 'GB a month', 'all five logs of the control plane, most of it audit'),
  'container-log-kilobytes-per-request': assume(
    0.2,
    'KB a request',
    'one line a request in ten, and the errors',
  ),
  'metric-log-kilobytes-per-request': assume(
    0.05,
    'KB a request',
    'some numbers in a message of embedded metrics that many requests share',
  ),
  'api-metrics': assume(6, 'custom metrics', 'what the API reports, with one dimension'),
  'database-log-gigabytes': assume(2, 'GB a month', 'statements slower than a second'),
  'function-log-gigabytes': assume(0.2, 'GB a month and function', 'some lines a run'),
  'other-log-gigabytes': assume(
    0.5,
    'GB a month and log group',
    'blocked requests, slow commands of the cache',
  ),
  'log-compression-percent': assume(15, '% of what was written', 'CloudWatch stores compressed', 1, 100),
  'access-log-kilobytes-per-request': assume(
    0.1,
    'KB a request, compressed',
    'an access log line has 0.5 KB before',
  ),
  'bucket-gigabytes': assume(
    1,
    'GB in each bucket that is not for access logs',
    'a web application, the scaler’s models',
  ),
  'image-gigabytes': assume(5, 'GB a repository', '50 images that share most layers'),
  'database-growth-percent': assume(
    20,
    '% of the way from the allocated to the most storage, in the expected scenario',
    'a database in its first year',
    0,
    100,
  ),
  'database-change-percent': assume(
    2,
    '% of the storage a day, in backups',
    'requests are added and hardly changed',
    0,
    100,
  ),
  'enhanced-monitoring-kilobytes': assume(
    4,
    'KB a sample',
    'metrics of the operating system and its processes',
  ),
  'cache-snapshot-gigabytes': assume(4, 'GB a snapshot and shard', 'a cache that is a third full'),
  'function-seconds': assume(8, 's a scheduled run', 'mean of runs that measure and runs that train'),
  'function-metrics': assume(
    10,
    'custom metrics a scheduled function',
    'what the scaler and the upkeep of the database report, in the hours in which they do',
  ),
  'key-requests': assume(
    200_000,
    'requests a month and key',
    'log groups, storage and secrets, with bucket keys',
  ),
  notifications: assume(200, 'e-mails a month and topic', 'alarms that come and go'),
  'queue-requests': assume(10_000, 'requests a month and queue', 'dead letters only'),
  'dns-queries': assume(1_000_000, 'queries a month and name that is no alias', 'resolvers cache'),
  'pod-observations': assume(
    60,
    'metrics a minute and pod',
    'the pod’s and its container’s metrics of Container Insights',
  ),
  'node-observations': assume(100, 'metrics a minute and node', 'the node’s metrics of Container Insights'),
  'packing-percent': assume(
    80,
    '% of a node’s allocatable CPU or memory',
    'pods do not fit without gaps',
    10,
    100,
  ),
  'spread-required': assume(
    1,
    '1 or 0',
    'Karpenter takes a preferred spread for a requirement when it makes nodes, and counts the emptiest host as 0',
    0,
    1,
  ),
  'node-agents-millicores': assume(
    300,
    'm of a node’s CPU',
    'agents of the CloudWatch add-on, which ask for 250 m and 50 m on every node',
  ),
  'node-agents-mebibytes': assume(300, 'MiB of a node’s memory', 'agents that run on every node'),
  'node-disk-gigabytes': assume(80, 'GB a node', 'ephemeral storage of the default NodeClass'),
} satisfies Record<string, Assumption>;

export type AssumptionName = keyof typeof ASSUMPTIONS;
export type Assumptions = Readonly<Record<AssumptionName, number>>;

export const ASSUMPTION_NAMES = Object.keys(ASSUMPTIONS) as AssumptionName[];

/** The values of ASSUMPTIONS. */
export const DEFAULT_ASSUMPTIONS = Object.fromEntries(
  ASSUMPTION_NAMES.map((name) => [name, ASSUMPTIONS[name].value]),
) as Assumptions;

/**
 * @param overrides `name=value`
 * @throws UsageError that lists the names, or says the range
 */
export function readAssumptions(overrides: readonly string[]): Assumptions {
  return { ...DEFAULT_ASSUMPTIONS, ...Object.fromEntries(overrides.map(readOverride)) };
}

function readOverride(text: string): [AssumptionName, number] {
  const [, name = '', value = ''] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  const assumption = ASSUMPTION_NAMES.includes(name as AssumptionName)
    ? ASSUMPTIONS[name as AssumptionName]
    : undefined;
  if (assumption === undefined) {
    throw new UsageError(`--assume must be <name>=<value> of ${ASSUMPTION_NAMES.join(', ')}, got ${text}`);
  }
  const number = Number(value);
  const { least, most, unit } = assumption;
  if (value.trim() === '' || !(number >= least && number <= most)) {
    throw new UsageError(`--assume ${name} must be between ${least} and ${most} ${unit}, got ${value}`);
  }
  return [name as AssumptionName, number];
}
