import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { DEPLOY_MANAGER } from '../../../bin/kubernetes/kubernetes-client';

const ROOT = join(__dirname, '..', '..', '..');

/** A state of this repository that an environment may have been deployed from. */
export interface DeployedRevision {
  /** What people call it. */
  readonly name: string;
  /** Commit or tag. */
  readonly revision: string;
  /** Owner of the fields that it applied to the cluster: what its README had people apply with. */
  readonly fieldManager: string;
}

/**
 * Release 0.1.0, which has no tag: the last commit of 2026-11-25, the day of its entry in the changelog. The next commit,
 * two days later, begins what the changelog lists after it. People applied its manifests with
 * `kubectl apply --server-side`.
 */
const RELEASE_0_1_0: DeployedRevision = {
  name: '0.1.0',
  revision: '908defea3ee25c0a79ffaa90af9acff68bcfd744',
  fieldManager: 'kubectl',
};

/** The oldest state whose environments `npm run deploy` made: that command, destroy and drift were new in it. */
export const FIRST_WITH_DEPLOY: DeployedRevision = {
  name: 'the first state with npm run deploy',
  revision: '90b06f091936f2bb4fea6b70a07046bea7cb53b6',
  fieldManager: DEPLOY_MANAGER,
};

/**
 * The service as it was before `npm start` and `npm run deploy`: the oldest whole service (API, gateway, cache, budgets),
 * for 0.1.0 has none. Its schema ends with migration 0016.
 */
export const FORMER_SERVICE = {
  revision: 'e2f4b05abb6919350dfdea29760c49c17980afb0',
  lastMigration: '0016',
} as const;

/** The newest `v*` tag before this commit, else 0.1.0. */
export function lastRelease(): DeployedRevision {
  const tag = git('describe', '--tags', '--abbrev=0', '--match', 'v[0-9]*', 'HEAD^');
  return tag === undefined ? RELEASE_0_1_0 : { name: tag, revision: tag, fieldManager: DEPLOY_MANAGER };
}

/** Whether the clone has a commit with its files. */
export function hasRevision(revision: string): boolean {
  return git('cat-file', '-e', `${revision}^{tree}`) !== undefined;
}

/**
 * A `describe` whose tests need commits of the past. In a clone without them the group is skipped as one, by name: what a
 * clone has is not up to the code. `.ci/run` fetches the rest of a shallow one.
 */
export function describeWithHistory(name: string, revisions: readonly string[], body: () => void): void {
  const missing = revisions.filter((revision) => !hasRevision(revision));
  if (missing.length === 0) describe(name, body);
  else
    test.skip(`${name} (this clone lacks ${missing.join(', ')}: run git fetch --unshallow --tags)`, () =>
      undefined);
}

/** Output of a git command in this repository; undefined where it fails. */
export function git(...command: string[]): string | undefined {
  try {
    return execFileSync('git', command, { cwd: ROOT, encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return undefined;
  }
}
