import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PlatformState } from '../../bin/start/platform-folder';
import { ROOT } from './commands';

/** A platform that `npm start` runs, as a process of its own. */
export class StartedPlatform {
  constructor(
    readonly folder: string,
    readonly state: PlatformState,
    private readonly child: ChildProcess,
    private readonly errors: () => string,
  ) {}

  /** Id of the command's own process. */
  get pid(): number {
    return Number(this.child.pid);
  }

  /** What the command has written to stderr. */
  get stderr(): string {
    return this.errors();
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Sends a signal and waits for the end. @returns exit code, null after a signal that nothing can handle */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    const { child } = this;
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const exit = once(child, 'exit');
    child.kill(signal);
    const [code] = await exit;
    return code;
  }

  /** Ends it where it runs, and deletes its folder. */
  async remove(): Promise<void> {
    await this.end('SIGTERM');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/**
 * Runs `npm start -- --json` and waits until it is ready.
 * @param folder of its data. @default - a new one
 * @throws Error with what it wrote to stderr where it ends before
 */
export async function startCommand(options: readonly string[], folder?: string): Promise<StartedPlatform> {
  const data = folder ?? mkdtempSync(join(tmpdir(), 'platform-'));
  const script = ['--require', 'tsx/cjs', 'bin/start.ts', '--json', '--data', data];
  const child = spawn(process.execPath, [...script, ...options], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (data: Buffer) => {
    errors += data.toString();
  });
  const line = once(child.stdout, 'data').then(([text]) => String(text));
  const ended = once(child, 'close').then(() => {
    throw new Error(`npm start has ended: ${errors}`);
  });
  ended.catch(() => undefined);
  const state: PlatformState = JSON.parse(await Promise.race([line, ended]));
  return new StartedPlatform(data, state, child, () => errors);
}
