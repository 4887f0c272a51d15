import { valueAt } from '../input';
import { UNKNOWN_ACCOUNT } from '../names';
import { type Rule, when } from './rule';

/** Requirements on production: the path of a knob, its allowed value in words, and the check. */
const REQUIREMENTS: readonly (readonly [
  path: string,
  expected: string,
  holds: (value: unknown) => boolean,
])[] = [
  ['account', 'given', (account) => account !== UNKNOWN_ACCOUNT],
  ['domain', 'given (CloudFront allows TLS 1.0 with its own certificate)', isGiven],
  ['retainData', 'true', isTrue],
  ['terminationProtection', 'true', isTrue],
  ['database.multiAz', 'true', isTrue],
  ['database.deletionProtection', 'true', isTrue],
  ['database.backupRetentionDays', 'at least 7', atLeast(7)],
  ['cache.multiAz', 'true', isTrue],
  ['cache.snapshotRetentionDays', 'at least 1', atLeast(1)],
  ['autoscaling.hpa.minReplicas', 'at least 2', atLeast(2)],
  ['admin.replicas', 'at least 2', atLeast(2)],
  ['nginx.replicas', 'at least 2', atLeast(2)],
  ['database.pgbouncer.replicas', 'at least 2', atLeast(2)],
  ['metrics.replicas', 'at least 2', atLeast(2)],
  ['cluster.publicAccessCidrs', 'closed to 0.0.0.0/0', isClosed],
];

/** Protection and redundancy that `stage: 'production'` requires. */
export const productionRules: readonly Rule[] = REQUIREMENTS.map(([path, expected, holds]) => ({
  reads: ['stage', path],
  check: (config) => {
    const value = valueAt(config, path);
    return when(
      config.stage === 'production' && !holds(value),
      path,
      `must be ${expected} in production, got ${JSON.stringify(value)}`,
    );
  },
}));

function isTrue(value: unknown): boolean {
  return value === true;
}

function isGiven(value: unknown): boolean {
  return value !== null;
}

function atLeast(least: number): (value: unknown) => boolean {
  return (value) => Number(value) >= least;
}

function isClosed(cidrs: unknown): boolean {
  return Array.isArray(cidrs) && !cidrs.includes('0.0.0.0/0');
}
