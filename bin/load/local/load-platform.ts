import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Platform, withPlatform } from '../../local/platform/platform';

/** Environment whose settings the service runs with. */
export const LOAD_ENVIRONMENT = 'dev';

export interface LoadPlatformProps {
  /** API processes. */
  readonly pods: number;
  /** Demo records that questions go through. */
  readonly records: number;
  /** How the simulated provider answers, in its words. */
  readonly behaviour: string;
  /** Highest rate of the run, requests a second: the service's own limits leave room for it. */
  readonly requestsPerSecond: number;
  /** `PATH` of the caller's environment. */
  readonly searchPath: string | undefined;
  readonly now: () => Date;
  readonly signal: AbortSignal;
  /** Called with what happens, a line each. */
  readonly onStep: (line: string) => void;
}

/** Lends a platform of its own for a load test; nothing of it is left afterwards. */
export async function withLoadPlatform<T>(
  { requestsPerSecond, behaviour, ...props }: LoadPlatformProps,
  use: (platform: Platform) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'load-platform-'));
  try {
    return await withPlatform(
      {
        ...props,
        folder,
        environment: LOAD_ENVIRONMENT,
        provider: { kind: 'simulated', behaviour },
        cache: true,
        ports: 'free',
        // The limit of a key is a multiple of the objective, which is small in dev.
        settings: { OBJECTIVE_REQUESTS_PER_SECOND: String(requestsPerSecond) },
        onCrash: (ended, how) => {
          props.onStep(`${ended.name} has ended (${how}): ${ended.lastLines().join(' ')}`);
        },
      },
      use,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
