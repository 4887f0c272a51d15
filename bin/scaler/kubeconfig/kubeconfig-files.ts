import { readFileSync, statSync } from 'node:fs';
import { join, delimiter as pathDelimiter } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { KubeconfigError } from './kubeconfig-error';

/** Longest kubeconfig that is read, bytes; one with a hundred clusters has a third of it. */
const MAX_BYTES = 1024 * 1024;

const Settings = z.record(z.string(), z.unknown());

/** kubectl writes `clusters: null` where there are no clusters. */
const listOf = <Key extends string>(key: Key) =>
  z
    .array(
      z.object({ name: z.string(), [key]: Settings } as Record<Key, typeof Settings> & { name: z.ZodString }),
    )
    .nullish()
    .transform((list) => list ?? []);

const Kubeconfig = z.object({
  'current-context': z.string().nullish(),
  contexts: listOf('context'),
  clusters: listOf('cluster'),
  users: listOf('user'),
});

/** A named entry of a kubeconfig. */
export interface Entry {
  readonly settings: Readonly<Record<string, unknown>>;
  /** File that it stands in: relative paths of its settings start from the folder of this file. */
  readonly file: string;
}

/** Kubeconfig files as one. */
export interface MergedKubeconfig {
  /** Files that were read, joined; for messages. */
  readonly files: string;
  readonly currentContext: string | undefined;
  readonly contexts: ReadonlyMap<string, Entry>;
  readonly clusters: ReadonlyMap<string, Entry>;
  readonly users: ReadonlyMap<string, Entry>;
}

/** Which kubeconfig files are read. */
export interface KubeconfigFiles {
  readonly paths: readonly string[];
  /** Whether a file that does not exist is an error; kubectl skips it in a list. */
  readonly mustExist: boolean;
}

/**
 * kubectl's order: the file that was named, else the list in `KUBECONFIG`, else `~/.kube/config`.
 * @param path of `--kubeconfig`
 * @param home folder of the user
 */
export function chooseKubeconfigs(
  path: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
  home: string,
): KubeconfigFiles {
  if (path !== undefined) return { paths: [path], mustExist: true };
  const listed = (environment['KUBECONFIG'] ?? '').split(pathDelimiter).filter((one) => one !== '');
  if (listed.length > 0) return { paths: [...new Set(listed)], mustExist: false };
  return { paths: [join(home, '.kube', 'config')], mustExist: false };
}

/**
 * Merges as kubectl does: the first file that sets the current context, or an entry of a name, wins.
 * @throws {KubeconfigError} on a file that cannot be read or is no kubeconfig, and where none of them exists
 */
export function readKubeconfigs({ paths, mustExist }: KubeconfigFiles): MergedKubeconfig {
  const parsed = paths.flatMap((path) => {
    const text = readText(path, mustExist);
    return text === undefined ? [] : [{ path, config: parseKubeconfig(path, text) }];
  });
  if (parsed.length === 0) {
    throw new KubeconfigError(
      `there is no kubeconfig at ${paths.join(', ')}; name one with --kubeconfig, or set KUBECONFIG ` +
        '(for EKS: aws eks update-kubeconfig --name <cluster>)',
    );
  }
  const entries = (
    select: (config: z.output<typeof Kubeconfig>) => readonly [name: string, settings: object][],
  ) =>
    // The first of a name wins, and a map keeps the last.
    new Map(
      parsed
        .flatMap(({ path, config }) =>
          select(config).map(([name, settings]) => [name, { settings, file: path } as Entry] as const),
        )
        .toReversed(),
    );
  return {
    files: parsed.map(({ path }) => path).join(', '),
    currentContext: parsed.map(({ config }) => config['current-context']).find(Boolean) ?? undefined,
    contexts: entries(({ contexts }) => contexts.map(({ name, context }) => [name, context])),
    clusters: entries(({ clusters }) => clusters.map(({ name, cluster }) => [name, cluster])),
    users: entries(({ users }) => users.map(({ name, user }) => [name, user])),
  };
}

/** undefined: the file does not exist, and need not. */
function readText(path: string, mustExist: boolean): string | undefined {
  try {
    const { size } = statSync(path);
    if (size > MAX_BYTES) {
      throw new KubeconfigError(`${path}: a kubeconfig must have at most ${MAX_BYTES} bytes, got ${size}`);
    }
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if (cause instanceof KubeconfigError) throw cause;
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT' && !mustExist) return undefined;
    throw new KubeconfigError(`${path}: cannot be read (${(cause as Error).message})`, { cause });
  }
}

function parseKubeconfig(path: string, text: string): z.output<typeof Kubeconfig> {
  let content: unknown;
  try {
    content = parse(text);
  } catch (cause) {
    throw new KubeconfigError(`${path}: cannot be read (${(cause as Error).message})`, { cause });
  }
  // kubectl takes an empty file for a kubeconfig without entries.
  const result = Kubeconfig.safeParse(content ?? {});
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new KubeconfigError(
    `${path}: is no kubeconfig (${issue?.path.join('.') || 'the file'}: ${issue?.message})`,
  );
}
