import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/** Folders that processes with the same pod name share. */
const MAX_FOLDERS = 8;

const LOCK = 'lock';

/** Folders that this process holds: its own id in a lock does not tell whether it is its own lock. */
const held = new Set<string>();

/** Folders of the journal that no other process uses. */
export interface LockedFolders {
  /** Where this process writes. */
  readonly own: string;
  /** Segments that former processes left, oldest first. */
  readonly former: readonly FormerSegment[];
  /** Frees the folders for other processes. */
  release(): void;
}

/** A file that a former process left. */
export interface FormerSegment {
  readonly path: string;
  /** Size, bytes. */
  readonly bytes: number;
}

/**
 * Locks the folder `<base>/<pod>`, or `<pod>-2` and so on where another process has it, as on a laptop with several
 * servers of one name. Folders of these names that nobody uses any more are taken over with what they hold.
 * @throws Error where all are in use, or the system's error
 */
export function lockFolders(base: string, podName: string): LockedFolders {
  const name = podName.replaceAll(/[^\w.-]/g, '_');
  const paths = Array.from({ length: MAX_FOLDERS }, (_, index) =>
    join(base, index === 0 ? name : `${name}-${index + 1}`),
  );
  const locked: string[] = [];
  for (const path of paths) {
    if (locked.length > 0 && !existsSync(path)) continue;
    mkdirSync(path, { recursive: true, mode: 0o700 });
    if (lock(path)) locked.push(path);
  }
  const [own] = locked;
  if (own === undefined) {
    throw new Error(
      `The journal's folders ${paths[0]} to ${paths.at(-1)} are all in use: give each process its own GATEWAY_JOURNAL_FOLDER`,
    );
  }
  return { own, former: locked.flatMap(segmentsIn), release: () => locked.forEach(unlock) };
}

/** Whether the folder is this process's now. */
function lock(folder: string): boolean {
  const path = join(folder, LOCK);
  if (held.has(folder)) return false;
  if (existsSync(path)) {
    if (isAlive(Number(readFileSync(path, 'utf8')))) return false;
    // Of several processes that find a stale lock, one renames it.
    const stale = `${path}.${process.pid}`;
    if (!succeeds(() => renameSync(path, stale))) return false;
    rmSync(stale, { force: true });
  }
  if (!succeeds(() => writeFileSync(path, String(process.pid), { flag: 'wx', mode: 0o600 }))) return false;
  held.add(folder);
  return true;
}

function unlock(folder: string): void {
  rmSync(join(folder, LOCK), { force: true });
  held.delete(folder);
}

/**
 * Whether another process has an id. The next process of a container has its predecessor's id, so a lock with the own
 * id is stale.
 */
function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Whether a step was taken; false where another process was faster. */
function succeeds(step: () => void): boolean {
  try {
    step();
    return true;
  } catch (error) {
    if (['EEXIST', 'ENOENT'].includes(String((error as NodeJS.ErrnoException).code))) return false;
    throw error;
  }
}

function segmentsIn(folder: string): FormerSegment[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.ndjson'))
    .sort()
    .map((name) => join(folder, name))
    .map((path) => ({ path, bytes: statSync(path).size }));
}
