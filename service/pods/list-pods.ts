import type { Queryable } from '../database/pools';
import { GONE_SECONDS } from './pod-commands';
import type { PodStatus } from './pod-status';

/** A pod as the admin servers show it. */
export interface PodRow {
  readonly pod_id: string;
  readonly kind: 'api' | 'admin';
  readonly started_at: Date;
  readonly seen_at: Date;
  readonly draining: boolean;
  readonly status: Partial<PodStatus>;
}

/** Pods that wrote a status within the last minute, or the one with the id. */
export async function listPods(database: Queryable, podId?: string): Promise<PodRow[]> {
  const { rows } = await database.query<PodRow & Record<string, unknown>>(
    'pod-list',
    `SELECT pod_id, kind, started_at, seen_at, draining, status FROM pods
     WHERE seen_at > now() - make_interval(secs => ${GONE_SECONDS}) AND ($1::text IS NULL OR pod_id = $1)
     ORDER BY kind, started_at, pod_id LIMIT 1000`,
    [podId ?? null],
  );
  return rows;
}
