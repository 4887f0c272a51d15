import { refreshCosts } from '../../lambda/database/rollups/refresh-costs';
import { type ConnectionSettings, withConnection } from '../../service/database/connect';

/** Requests of the ended hours: rows of the table, and requests that the roll-ups count. */
export interface RollupCounts {
  readonly rows: number;
  readonly counted: number;
}

/** Refreshes the roll-ups, and counts the requests of their hours in them and in the table. */
export function compareRollups(login: ConnectionSettings): Promise<RollupCounts> {
  return withConnection(login, async (client) => {
    await refreshCosts(client, () => true);
    const { rows } = await client.query<RollupCounts>(
      `WITH bound AS (SELECT complete_until FROM rollup_state WHERE name = 'costs')
       SELECT (SELECT count(*)::int FROM llm_requests, bound WHERE "timestamp" < complete_until) AS rows,
         (SELECT coalesce(sum(requests), 0)::int FROM costs_hourly, bound WHERE hour < complete_until) AS counted`,
    );
    return rows[0] ?? { rows: 0, counted: 0 };
  });
}
