import recommendedFlags from 'aws-cdk-lib/recommended-feature-flags.json';
import { context } from '../cdk.json';
import { dependencies, devDependencies } from '../package.json';
import { packages } from '../package-lock.json';

interface LockedPackage {
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const locked = packages as Readonly<Record<string, LockedPackage>>;

test('versions are exact', () => {
  const ranges = Object.entries({ ...dependencies, ...devDependencies }).filter(
    ([, version]) => !/^\d+\.\d+\.\d+$/.test(version),
  );
  expect(ranges).toEqual([]);
});

test('the lockfile has the packages of every platform, without which npm ci refuses it', () => {
  const missing = Object.entries(locked).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !(`node_modules/${name}` in locked) && !(`${path}/node_modules/${name}` in locked),
    ),
  );
  expect(missing).toEqual([]);
});

test('the lockfile records no download address', () => {
  expect(Object.entries(locked).filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
});

test('cdk.json has every recommended feature flag', () => {
  expect(context).toMatchObject(recommendedFlags);
});
