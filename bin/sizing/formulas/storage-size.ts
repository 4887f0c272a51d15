import type { ResolvedConfig } from '../../../lib/config/environment-config';
import { ROW_BYTES, type StorageNeeds, storageNeeds } from '../../../lib/config/storage-budget';
import type { LoadShape } from '../load-shape';
import type { RequestCost } from '../request-cost';
import { ceilTo } from './rounding';

/** From this size RDS stripes gp3 over four volumes, GiB (PostgreSQL; RDS User Guide, "gp3 storage"). */
const STRIPED_GIB = 400;

/** Baseline of gp3 below and from that size, operations a second. */
const SMALL_IOPS = 3_000;
const STRIPED_IOPS = 12_000;

/** RDS refuses a limit that is not 10 % above the allocation. */
const LEAST_GROWTH = 1.1;

const GIB_STEP = 10;
const LEAST_GIB = 20;

/** Most storage of an instance (RDS User Guide). */
const MOST_GIB = 65_536;

/** Storage and its operations. */
export interface StorageSize {
  /** Requests of a mean day, as the knob `database.storedRequests.perDay` has them. */
  readonly perDay: number;
  /** What rows and prompts need over their retentions. */
  readonly needs: StorageNeeds;
  /** GiB of the first month, or those from which the baseline is enough. */
  readonly allocatedGib: number;
  /** Limit up to which RDS lets it grow, GiB. */
  readonly maxAllocatedGib: number;
  /** Operations a second at the peak, with the share that stays free. */
  readonly iops: number;
}

/** Values of a knob that are this near to the need stay, factor. */
const NEAR = 1.1;

/**
 * `database.storedRequests.perDay` for requests of a mean day: whole thousands, so that it does not claim more than a
 * history knows. The configured value stays where it is within a tenth.
 */
function storedPerDay(perDay: number, configured: number): number {
  const rounded = perDay < 1000 ? Math.max(1, perDay) : ceilTo(1000, perDay);
  return configured <= rounded * NEAR && configured >= rounded / NEAR ? configured : rounded;
}

/** Baseline of gp3 for PostgreSQL, operations a second. */
export function baselineIops(allocatedGib: number): number {
  return allocatedGib < STRIPED_GIB ? SMALL_IOPS : STRIPED_IOPS;
}

/** @param config whose retentions and share of disk operations count */
export function storageSize(
  config: ResolvedConfig,
  { peak, perDay }: Pick<LoadShape, 'peak' | 'perDay'>,
  cost: RequestCost,
): StorageSize {
  const { database, objectives } = config;
  const storedRequests = {
    perDay: storedPerDay(perDay, database.storedRequests.perDay),
    promptBytes: cost['prompt-bytes'],
  };
  const needsFor = (months: number, rowBytes = cost['row-bytes']) =>
    storageNeeds(
      { objectives, database: { ...database, storedRequests, requestRetentionMonths: months } },
      rowBytes,
    );
  const needs = needsFor(database.requestRetentionMonths);
  const iops = (peak * cost['row-ios'] * 100) / objectives.diskIoPercent;
  // Months beside the current one: none at the start.
  const first = ceilTo(GIB_STEP, Math.max(LEAST_GIB, needsFor(0).leastGib));
  const start = Math.min(first, Math.floor(MOST_GIB / LEAST_GROWTH));
  const allocatedGib = iops > SMALL_IOPS ? Math.max(STRIPED_GIB, start) : start;
  // The rule of lib/config counts its own bytes of a row.
  const ruled = needsFor(database.requestRetentionMonths, ROW_BYTES).leastGib;
  const most = Math.max(
    needs.leastGib,
    ruled,
    LEAST_GROWTH * Math.max(allocatedGib, database.allocatedStorageGib),
  );
  return {
    perDay: storedRequests.perDay,
    needs,
    allocatedGib,
    maxAllocatedGib: Math.min(MOST_GIB, ceilTo(GIB_STEP, most)),
    iops,
  };
}
