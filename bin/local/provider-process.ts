import { join } from 'node:path';
import { freePort } from '../db/temporary-database';
import { LocalProcess, type LocalProcessProps } from './local-process';

/** A simulated provider as a process of its own. */
export interface ProviderProcess {
  /** Such as http://127.0.0.1:4010; OpenAI's base URL is this and /v1. */
  readonly url: string;
  end(): void;
}

/** The command's script, run without a compiled file. */
const SCRIPT = join(__dirname, '../simulate-provider.ts');
const TSX = ['--require', require.resolve('tsx/cjs')];

export interface ProviderProcessProps
  extends Pick<LocalProcessProps, 'logFile' | 'onStart' | 'onCrash' | 'environment'> {
  readonly port: number;
  /** How it answers where a model's name says nothing, such as `latency-20`. @default - 16 tokens at once */
  readonly behaviour?: string;
}

/** `npm run simulate:provider` as a process that can be ended and started again on its port. */
export function providerProcess({ port, behaviour, ...props }: ProviderProcessProps): LocalProcess {
  const options = ['--port', String(port), '--json'];
  if (behaviour !== undefined) options.push('--behaviour', behaviour);
  return new LocalProcess({
    ...props,
    name: 'provider',
    command: process.execPath,
    args: [...TSX, SCRIPT, ...options],
    isReady: () => listens(`http://127.0.0.1:${port}/v1/models`),
  });
}

/**
 * Starts a simulated provider on a free port and waits until it listens.
 * @param behaviour how it answers where a model's name says nothing, such as `latency-20`. @default - 16 tokens at once
 */
export async function startProviderProcess(behaviour?: string): Promise<ProviderProcess> {
  const port = await freePort();
  const provider = providerProcess({ port, behaviour, logFile: '/dev/null', environment: {} });
  await provider.start();
  return { url: `http://127.0.0.1:${port}`, end: () => void provider.end('SIGKILL') };
}

/** Whether anything answers; one that fails on purpose listens, too. */
async function listens(url: string): Promise<boolean> {
  return fetch(url).then(
    async (answer) => {
      await answer.arrayBuffer();
      return true;
    },
    () => false,
  );
}
