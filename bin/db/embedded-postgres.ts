import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../cli/command';
import { isRunning, programOf } from '../cli/running-process';
import { postgresPrograms } from './postgres-programs';

/** User id of nobody, which the server runs as when root starts it: PostgreSQL refuses to run as root. */
const UNPRIVILEGED = 65_534;
const isRoot = process.getuid?.() === 0;

/** Longest start or stop of the server, seconds. */
const PATIENCE_SECONDS = 60;

/** File with the process id of a running server. */
const LOCK_FILE = 'postmaster.pid';

/** Settings that the server has beside those of RDS that the stacks set; a laptop's loopback only. */
const SETTINGS = [
  `listen_addresses = '127.0.0.1'`,
  `unix_socket_directories = ''`,
  `shared_preload_libraries = 'pg_stat_statements'`,
  `pg_stat_statements.track = 'all'`,
  `track_io_timing = on`,
  `idle_in_transaction_session_timeout = '60s'`,
  `include_if_exists = 'parameters.conf'`,
];

/** A PostgreSQL from npm, of the major version that RDS runs, with its files in one folder. */
export class EmbeddedPostgres {
  private readonly data: string;
  private readonly log: string;

  /**
   * @param folder holds the data and the log
   * @param searchPath `PATH` of its programs' environment
   */
  constructor(
    readonly folder: string,
    private readonly searchPath: string | undefined,
  ) {
    this.data = join(folder, 'data');
    this.log = join(folder, 'postgres.log');
  }

  get exists(): boolean {
    return existsSync(join(this.data, 'PG_VERSION'));
  }

  /** Whether the server runs. */
  get running(): boolean {
    // pg_ctl takes one that was killed for a running one until its parent notices.
    return this.exists && this.run('pg_ctl', ['status', '-D', this.data]).status === 0 && this.isServer();
  }

  /** User and group of the server's processes, where they are not the caller's. */
  get user(): { readonly uid?: number; readonly gid?: number } {
    return isRoot ? { uid: UNPRIVILEGED, gid: UNPRIVILEGED } : {};
  }

  /** Process id of the running server. */
  get pid(): number {
    return Number(this.pidFile()[0]);
  }

  /** Port of the running server. */
  get port(): number {
    // Fourth line, as the server itself writes it.
    return Number(this.pidFile()[3]);
  }

  /** Creates an empty server, whose superuser `postgres` logs in with the password. */
  create(password: string): void {
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    if (isRoot) chownSync(this.folder, UNPRIVILEGED, UNPRIVILEGED);
    const passwordFile = join(this.folder, 'initdb-password');
    writeFileSync(passwordFile, password, { mode: 0o600 });
    if (isRoot) chownSync(passwordFile, UNPRIVILEGED, UNPRIVILEGED);
    // Whoever ends this command now leaves no half-created server that the next start would take for a complete one.
    const created = `${this.data}.new`;
    rmSync(created, { recursive: true, force: true });
    try {
      this.must('initdb', [
        ...['-D', created, '-U', 'postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256'],
        ...['--encoding=UTF8', '--locale=C', '--no-instructions'],
      ]);
    } catch (error) {
      rmSync(created, { recursive: true, force: true });
      throw error;
    } finally {
      rmSync(passwordFile, { force: true });
    }
    const file = join(created, 'postgresql.conf');
    writeFileSync(file, `${readFileSync(file, 'utf8')}\n${SETTINGS.join('\n')}\n`);
    renameSync(created, this.data);
  }

  /** Sets parameters of the server, by name, for its next starts. */
  configure(parameters: Readonly<Record<string, string>>): void {
    const lines = Object.entries(parameters).map(([name, value]) => `${name} = '${value}'\n`);
    writeFileSync(join(this.data, 'parameters.conf'), lines.join(''), { mode: 0o644 });
  }

  start(port: number): void {
    this.dropStaleLock();
    this.must('pg_ctl', this.startArguments(port));
  }

  /** Starts the server; this process goes on meanwhile. */
  async startAside(port: number): Promise<void> {
    this.dropStaleLock();
    const program = join(postgresPrograms(), 'pg_ctl');
    const child = spawn(program, this.startArguments(port), { ...this.options(), stdio: 'ignore' });
    const [status] = await once(child, 'exit');
    if (status !== 0) throw this.failure('pg_ctl', `exit code ${status}`);
  }

  /** Stops the server, which rolls back open transactions. */
  stop(): void {
    this.must('pg_ctl', ['stop', '-w', '-t', String(PATIENCE_SECONDS), '-m', 'fast', '-D', this.data]);
  }

  /** The last lines of its log. */
  lastLines(number: number): string[] {
    return existsSync(this.log) ? readFileSync(this.log, 'utf8').trim().split('\n').slice(-number) : [];
  }

  /** Whether the process of the lock file is a server: after a crash of the machine another one may have its id. */
  private isServer(): boolean {
    return isRunning(this.pid) && (programOf(this.pid) ?? 'postgres').includes('postgres');
  }

  /** PostgreSQL does not start beside a lock file whose process runs, whatever that process is. */
  private dropStaleLock(): void {
    const file = join(this.data, LOCK_FILE);
    if (existsSync(file) && !this.isServer()) rmSync(file);
  }

  private must(program: 'initdb' | 'pg_ctl', args: readonly string[]): void {
    const { status, stdout, stderr, error } = this.run(program, args);
    if (status === 0) return;
    const said = error
      ? `${error.message}${isRoot ? ' (started by root it runs as nobody, who must be able to read the repository)' : ''}`
      : lastLines(`${stdout}\n${stderr}`, 3);
    throw this.failure(program, said);
  }

  private failure(program: string, said: string): UsageError {
    const log = this.lastLines(3).join('; ');
    return new UsageError(`${program} of the embedded PostgreSQL failed: ${said} ${log}`.trim());
  }

  private pidFile(): string[] {
    return readFileSync(join(this.data, LOCK_FILE), 'utf8').split('\n');
  }

  private startArguments(port: number): string[] {
    const wait = ['-w', '-t', String(PATIENCE_SECONDS)];
    return ['start', ...wait, '-D', this.data, '-l', this.log, '-o', `-p ${port}`];
  }

  private run(program: 'initdb' | 'pg_ctl', args: readonly string[]) {
    return spawnSync(join(postgresPrograms(), program), args, { encoding: 'utf8', ...this.options() });
  }

  private options() {
    return {
      cwd: '/',
      env: { PATH: this.searchPath, LC_ALL: 'C', HOME: this.folder, TZ: 'UTC' },
      ...this.user,
    };
  }
}

function lastLines(text: string, number: number): string {
  return text.trim().split('\n').slice(-number).join('; ');
}
