import { setTimeout as sleep } from 'node:timers/promises';
import { refreshCosts } from '../../../../lambda/database/rollups/refresh-costs';
import { refreshRollup } from '../../../../lambda/database/rollups/refresh-rollup';
import { type ConnectionSettings, withConnection } from '../../../../service/database/connect';

/** Time between two refreshes, ms. In the cloud a function does it each hour. */
const PERIOD_MS = 60_000;

/**
 * Keeps the costs added up, as the database's function does in the cloud, until the signal aborts.
 * @param onError is told of a refresh that failed; the next one follows
 */
export async function keepCosts(
  login: ConnectionSettings,
  signal: AbortSignal,
  onError: (error: unknown) => void,
): Promise<void> {
  while (!signal.aborted) {
    await withConnection(login, async (client) => {
      await refreshCosts(client, () => !signal.aborted);
      if (!signal.aborted) await refreshRollup(client);
    }).catch((error: unknown) => {
      if (!signal.aborted) onError(error);
    });
    await sleep(PERIOD_MS, undefined, { signal }).catch(() => undefined);
  }
}
