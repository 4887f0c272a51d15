import { instanceMemoryGib } from '../../../lib/config/instance-memory';
import { vcpusOf } from '../../cost/resources/database';
import type { LoadShape } from '../load-shape';
import type { RequestCost } from '../request-cost';

/** Share of the memory for pages: PostgreSQL's own buffers (a quarter) and the system's cache. */
const PAGES_SHARE = 0.75;

/** Memory of a server connection, MiB: AWS counts some 10 (re:Post, "RDS for PostgreSQL idle connections"). */
const CONNECTION_MIB = 10;

/** RDS's default of `max_connections` for PostgreSQL is LEAST(memory / this, 5000), bytes. */
const BYTES_PER_CONNECTION = 9_531_392;

const GIBIBYTE = 1024 ** 3;

const LARGE_SIZES = ['large', 'xlarge', '2xlarge', '4xlarge', '8xlarge', '12xlarge', '16xlarge', '24xlarge'];
const T4G_SIZES = ['micro', 'small', 'medium', 'large', 'xlarge', '2xlarge'];

/** Share of its vCPUs that a t4g class may use all the time (EC2, "Key concepts for burstable instances"). */
const T4G_BASELINE: Readonly<Record<string, number>> = {
  micro: 0.1,
  small: 0.2,
  medium: 0.2,
  large: 0.3,
  xlarge: 0.4,
  '2xlarge': 0.4,
};

/** What the database has to hold. */
export interface DatabaseNeeds {
  /** vCPUs at the peak, with the share that stays free. */
  readonly vcpus: number;
  /** GiB for hot rows and connections. */
  readonly memoryGib: number;
  /** Server connections. */
  readonly connections: number;
}

/** What a class has. */
export interface ClassCapacity {
  /** vCPUs that are there all the time. */
  readonly vcpus: number;
  readonly memoryGib: number;
  /** RDS's own default of `max_connections`. */
  readonly connections: number;
}

/**
 * @param connections server connections (`database.maxConnections`); half of them are taken as open at once
 * @param cpuPercent most of the CPU that may be used
 */
export function databaseNeeds(
  { peak, perDay }: Pick<LoadShape, 'peak' | 'perDay'>,
  cost: RequestCost,
  { connections, cpuPercent }: { readonly connections: number; readonly cpuPercent: number },
): DatabaseNeeds {
  const hot = perDay * cost['hot-days'] * cost['row-bytes'];
  return {
    vcpus: ((peak * cost['db-ms']) / 1000 / cpuPercent) * 100,
    memoryGib: hot / PAGES_SHARE / GIBIBYTE + ((connections / 2) * CONNECTION_MIB) / 1024,
    connections,
  };
}

/** vCPUs, memory and connections of a class such as `r8g.large`. */
export function classCapacity(instanceClass: string): ClassCapacity {
  const [family, size = ''] = instanceClass.split('.');
  const memoryGib = instanceMemoryGib(instanceClass);
  const baseline = family === 't4g' ? (T4G_BASELINE[size] ?? 0.4) : 1;
  return {
    vcpus: vcpusOf(`db.${instanceClass}`) * baseline,
    memoryGib,
    connections: Math.min(5000, Math.floor((memoryGib * GIBIBYTE) / BYTES_PER_CONNECTION)),
  };
}

/**
 * The smallest class of the configured family that is large enough; m8g follows t4g.
 * @returns the largest one where none is
 */
export function chooseClass(configured: string, needs: DatabaseNeeds): string {
  const family = configured.split('.')[0] ?? '';
  const own = (sizes: readonly string[], of: string) => sizes.map((size) => `${of}.${size}`);
  const classes =
    family === 't4g' ? [...own(T4G_SIZES, 't4g'), ...own(LARGE_SIZES, 'm8g')] : own(LARGE_SIZES, family);
  return classes.find((one) => isEnough(classCapacity(one), needs)) ?? (classes.at(-1) as string);
}

function isEnough(capacity: ClassCapacity, needs: DatabaseNeeds): boolean {
  return (
    capacity.vcpus >= needs.vcpus &&
    capacity.memoryGib >= needs.memoryGib &&
    capacity.connections >= needs.connections
  );
}
