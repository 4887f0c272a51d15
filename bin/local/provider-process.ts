import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { freePort } from '../db/temporary-database';

/** A simulated provider as a process of its own. */
export interface ProviderProcess {
  /** Such as http://127.0.0.1:4010; OpenAI's base URL is this and /v1. */
  readonly url: string;
  end(): void;
}

/** The command's script, run without a compiled file. */
const SCRIPT = join(__dirname, '../simulate-provider.ts');
const TSX = ['--require', require.resolve('tsx/cjs')];

/**
 * Starts `npm run simulate:provider` on a free port and waits until it listens.
 * @param behaviour how it answers where a model's name says nothing, such as `latency-20`. @default - 16 tokens at once
 */
export async function startProviderProcess(behaviour?: string): Promise<ProviderProcess> {
  const port = await freePort();
  const options = ['--port', String(port), '--json'];
  if (behaviour !== undefined) options.push('--behaviour', behaviour);
  const child = spawn(process.execPath, [...TSX, SCRIPT, ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return { url: `http://127.0.0.1:${port}`, end: () => void child.kill('SIGKILL') };
}
