import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { UsageError } from '../../cli/command';
import type { AutoscalingState } from '../../local/hpa/local-hpa';

/** File of a running platform. */
const STATE_FILE = 'platform.json';

const STATE = z.object({
  autoscaling: z
    .object({
      hpaApi: z.url(),
      token: z.string(),
      caFile: z.string(),
      namespace: z.string(),
      name: z.string(),
      clock: z.object({ startedAtMs: z.number(), speed: z.number().positive() }),
      minReplicas: z.number().int().positive(),
      requestsPerPod: z.number().positive(),
      page: z.url(),
    })
    .nullish(),
});

/**
 * How the HPA of a platform of this machine is reached.
 * @throws UsageError where no platform runs in the folder, or one without an HPA
 */
export function readAutoscaling(folder: string): AutoscalingState {
  const { autoscaling } = stateIn(folder);
  if (autoscaling) return autoscaling;
  throw new UsageError(
    `the platform of ${folder} has no HPA: start it with more than one pod, npm start -- --pods 3, or with --max-pods`,
  );
}

function stateIn(folder: string): z.infer<typeof STATE> {
  const file = join(folder, STATE_FILE);
  try {
    return STATE.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new UsageError(
        `--data must be the folder of a running platform, got ${folder}: start one with npm start -- --pods 3`,
        { cause },
      );
    }
    throw new UsageError(`${file} cannot be read (${(cause as Error).message}): start the platform again`, {
      cause,
    });
  }
}
