import { type CacheChange, cacheChangeSchema } from '../cache/invalidation/cache-changes';
import type { Queryable } from '../database/pools';
import type { Logger } from '../telemetry/logger';
import type { ProcessProfiler, Profile, ProfileKind } from '../telemetry/profiler';
import { CACHE_COMMAND } from './cache-commands';
import { finishCommand, type PodCommand, PROFILE_COMMAND, takeCommands } from './pod-commands';
import type { PodStatus } from './pod-status';

export interface PodAgentProps {
  readonly database: Queryable;
  /** Unique name of the pod. */
  readonly podId: string;
  readonly kind: 'api' | 'admin';
  readonly status: () => PodStatus;
  readonly isDraining: () => boolean;
  readonly profiler: ProcessProfiler;
  /** Carries out what an admin changes in the caches of the pods. */
  readonly changeCache: (change: CacheChange) => Promise<void>;
  readonly logger: Logger;
  /** Time between two statuses, ms. @default 10000 */
  readonly statusMs?: number;
  /** Time between two looks for a command, ms. @default 2000 */
  readonly commandMs?: number;
}

/** The pod's side of the admin servers: writes its status, and carries out what an admin asks of it. */
export class PodAgent {
  private readonly abort = new AbortController();
  private readonly timers: NodeJS.Timeout[] = [];
  private statusRun: Promise<void> = Promise.resolve();
  private commandRun: Promise<void> | undefined;
  private profileRun: Promise<void> | undefined;

  constructor(private readonly props: PodAgentProps) {}

  /** Begins to write and to look. */
  start(): void {
    const { statusMs = 10_000, commandMs = 2000 } = this.props;
    this.report();
    this.timers.push(
      setInterval(() => this.report(), statusMs).unref(),
      setInterval(() => this.look(), commandMs).unref(),
    );
  }

  /** Ends a profile early, writes a last status, and stops. */
  async close(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    this.abort.abort();
    await this.commandRun;
    await this.profileRun;
    this.report();
    await this.statusRun;
  }

  /** One status at a time; a failure is logged, and the next status follows. */
  private report(): void {
    this.statusRun = this.statusRun
      .then(() => this.writeStatus())
      .catch((err) => this.props.logger.debug({ err }, 'the status of the pod could not be written'));
  }

  private async writeStatus(): Promise<void> {
    const { database, podId, kind, status, isDraining } = this.props;
    await database.query(
      'pod-status',
      `INSERT INTO pods (pod_id, kind, draining, status) VALUES ($1, $2, $3, $4)
       ON CONFLICT (pod_id) DO UPDATE SET seen_at = now(), draining = excluded.draining, status = excluded.status`,
      [podId, kind, isDraining(), JSON.stringify(status())],
    );
  }

  private look(): void {
    if (this.commandRun !== undefined) return;
    this.commandRun = this.runCommands()
      .catch((err) => this.props.logger.debug({ err }, 'commands of the pod could not be read'))
      .finally(() => {
        this.commandRun = undefined;
      });
  }

  /** A profile takes a minute; other commands do not wait for it. */
  private async runCommands(): Promise<void> {
    const { database, podId, logger } = this.props;
    const kinds = this.profileRun === undefined ? [CACHE_COMMAND, PROFILE_COMMAND] : [CACHE_COMMAND];
    for (const command of await takeCommands(database, podId, kinds)) {
      logger.info({ command: command.command, id: command.id }, 'an admin asks this pod for something');
      if (command.command === PROFILE_COMMAND) this.startProfile(command);
      else await finishCommand(database, command.id, await this.carryOut(command));
    }
  }

  private startProfile(command: PodCommand): void {
    const { database, logger } = this.props;
    this.profileRun = this.carryOut(command)
      .then((done) => finishCommand(database, command.id, done))
      .catch((err) => logger.debug({ err }, 'a profile could not be stored'))
      .finally(() => {
        this.profileRun = undefined;
      });
  }

  private async carryOut({ command, arguments: args }: PodCommand) {
    try {
      if (command === PROFILE_COMMAND) return await this.takeProfile(args);
      await this.props.changeCache(cacheChangeSchema.parse(args));
      return { result: {} };
    } catch (error) {
      return { result: { error: (error as Error).message } };
    }
  }

  private async takeProfile(args: unknown) {
    const { kind, seconds } = args as { kind: ProfileKind; seconds: number };
    const profile: Profile = await this.props.profiler.take(kind, seconds, this.abort.signal);
    return {
      result: { file_name: profile.fileName, hottest: profile.hottest },
      artifact: Buffer.from(profile.content),
    };
  }
}
