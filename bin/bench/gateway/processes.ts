import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError } from '../../cli/command';
import { freePort } from '../../db/temporary-database';
import { startProviderProcess } from '../../local/provider-process';

/** Version of the peer that the goals are stated against. */
export const PEER = '@portkey-ai/gateway@1.15.2';

/** Longest start of the peer, ms: npm may have to fetch it. */
const PEER_START_MS = 120_000;

/** A process of the benchmark. */
export interface BenchProcess {
  readonly url: string;
  end(): void;
}

const TSX = ['--require', require.resolve('tsx/cjs')];

/** The simulated provider, which answers after a time. */
export function startProvider(latencyMs: number): Promise<BenchProcess> {
  return startProviderProcess(`latency-${latencyMs}`);
}

/** The bare route before a provider. */
export async function startBareGateway(provider: string): Promise<BenchProcess> {
  const child = fork(join(__dirname, 'bare-gateway.ts'), { execArgv: TSX });
  child.send(provider);
  const [port] = await once(child, 'message');
  return { url: `http://127.0.0.1:${port}`, end: () => void child.kill() };
}

/** The peer, which npm fetches. Null where npm cannot. */
export async function startPeer(searchPath: string | undefined): Promise<BenchProcess | null> {
  const port = await freePort();
  const child = spawn(
    'npm',
    ['exec', '--yes', `--package=${PEER}`, '--', 'gateway', `--port=${port}`, '--headless'],
    { stdio: 'ignore', detached: true, env: { PATH: searchPath, HOME: homedir(), NODE_ENV: 'production' } },
  );
  const url = `http://127.0.0.1:${port}`;
  const deadline = performance.now() + PEER_START_MS;
  while (performance.now() < deadline && child.exitCode === null) {
    const isUp = await fetch(url).then(
      async (answer) => (await answer.text()) !== '',
      () => false,
    );
    if (isUp) return { url, end: () => endGroup(child) };
    await sleep(100);
  }
  endGroup(child);
  return null;
}

/** npm starts the peer as a child of its own. */
function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) throw new UsageError('npm could not be started');
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
