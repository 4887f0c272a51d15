import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from 'pg';
import { createPartitions } from '../../lambda/database/partitions/create-partitions';
import { monthOf } from '../../lambda/database/partitions/month';
import { refreshRollup } from '../../lambda/database/rollups/refresh-rollup';
import { type GeneratedRequests, insertGenerated, insertUsersAndPrices } from './generated-requests';

/** Requests that one statement inserts: a step of the progress bar. */
const CHUNK = 5000;

const USERS = 200;
const DAYS = 60;

export interface DemoProps {
  /** Folder that remembers the plan of the demo data. */
  readonly folder: string;
  /** Number of requests; a folder that has a plan keeps its own. */
  readonly requests: number;
  /** Time of the last request. */
  readonly now: Date;
  /** Called with the number of requests in the database and their total. */
  readonly onProgress: (done: number, total: number) => void;
}

/**
 * Fills the database with demo requests of the last 60 days, once. The plan is written to the folder first, so that a
 * run after a killed one continues where it stopped, and a run after a complete one changes nothing.
 * @returns the number of demo requests
 */
export async function seedDemo(
  client: Client,
  { folder, requests, now, onProgress }: DemoProps,
): Promise<number> {
  const file = join(folder, 'demo.json');
  const stock = existsSync(file) ? readStock(file) : writeStock(file, newStock(requests, now));
  const { rows } = await client.query('SELECT count(*)::int AS done FROM llm_requests WHERE id < $1', [
    // Ids of generated requests are below those that clients make.
    '00000000-0000-8000-8000-000000000000',
  ]);
  await createPartitions(client, monthOf(new Date(stock.start)), monthOf(new Date(stock.end)));
  await insertUsersAndPrices(client, stock);
  for (let done: number = rows[0].done; done < stock.total; done += CHUNK) {
    onProgress(done, stock.total);
    await insertGenerated(client, stock, done, Math.min(done + CHUNK, stock.total));
  }
  onProgress(stock.total, stock.total);
  if (rows[0].done < stock.total) {
    await client.query('VACUUM ANALYZE llm_requests');
    await refreshRollup(client);
  }
  return stock.total;
}

function newStock(total: number, now: Date): GeneratedRequests {
  const start = new Date(now.getTime() - DAYS * 86_400_000);
  return { total, users: USERS, start: start.toISOString(), end: now.toISOString() };
}

function readStock(file: string): GeneratedRequests {
  return JSON.parse(readFileSync(file, 'utf8'));
}

function writeStock(file: string, stock: GeneratedRequests): GeneratedRequests {
  writeFileSync(file, JSON.stringify(stock));
  return stock;
}
