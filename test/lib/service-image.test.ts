import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { validate } from 'dockerfile-utils';
import fc from 'fast-check';
import { withBuiltImage } from '../../bin/build-service/built-image';
import { IMAGES, imageReference } from '../../k8s/images';
import { loadEnvironment } from '../../lib/config/resolve-config';
import { imageFiles, imageTag, SERVICE_FOLDER } from '../../lib/service-image';
import { API_PORT, ENTRY_POINTS, METRICS_PORT } from '../../service/contract';
import { parseDockerfile } from '../helpers/dockerfile';

const DOCKERFILE = readFileSync(join(SERVICE_FOLDER, 'Dockerfile'), 'utf8');

/** Arguments of the instructions of a name, one text each. */
function instructions(name: string): string[] {
  return parseDockerfile(DOCKERFILE)
    .filter((one) => one.name === name)
    .map(({ value }) => value);
}

describe('the Dockerfile', () => {
  test('has no finding of the linter, which finds a wrong instruction', () => {
    expect(validate(DOCKERFILE)).toEqual([]);
    expect(validate(DOCKERFILE.replace('WORKDIR', 'WORKDER'))).not.toEqual([]);
  });

  test('starts from the same release of Node as the manifests, by an exact tag', () => {
    expect(instructions('FROM')).toEqual([imageReference(IMAGES.node)]);
  });

  test('copies what is built and nothing else, and runs no program while it is built', () => {
    expect(instructions('COPY')).toEqual([`${Object.values(ENTRY_POINTS).join(' ')} ./`]);
    expect([...instructions('RUN'), ...instructions('ADD')]).toEqual([]);
    expect(imageFiles().map(({ name }) => name)).toEqual(['Dockerfile', ...Object.values(ENTRY_POINTS)]);
  });

  test('runs Node without a shell, as the user of the pods, and leaves probes to Kubernetes', () => {
    expect(instructions('USER')).toEqual(['10001:10001']);
    expect(instructions('ENTRYPOINT')).toEqual(['[]']);
    expect(instructions('CMD')).toEqual(['["node", "api.js"]']);
    expect(instructions('EXPOSE')).toEqual([`${API_PORT} ${METRICS_PORT}`]);
    expect(instructions('STOPSIGNAL')).toEqual(['SIGTERM']);
    expect(instructions('HEALTHCHECK')).toEqual(['NONE']);
  });
});

test('bundles name no folder of this machine', () => {
  for (const { content } of imageFiles()) {
    const text = Buffer.from(content).toString('utf8');
    // Modules are named in quotes: "node_modules/pg/lib/index.js"(exports, module) {
    expect(text.match(/"(\/|\.\.\/)[^"\n]*node_modules\//)).toBeNull();
  }
  expect(imageFiles().some(({ content }) => Buffer.from(content).includes('"node_modules/pg/lib/'))).toBe(
    true,
  );
});

describe('the tag', () => {
  const files = [
    { name: 'Dockerfile', content: Buffer.from('FROM node') },
    { name: 'api.js', content: Buffer.from('1') },
  ];

  test('is a known one for known content, on every machine', () => {
    expect(imageTag('arm64', files)).toBe('arm64-e23bd1417756f48402d94fbbb20730c9');
    expect(imageTag('amd64', files)).toBe('amd64-e23bd1417756f48402d94fbbb20730c9');
  });

  test('does not depend on the order of the files', () => {
    expect(imageTag('amd64', [...files].reverse())).toBe(imageTag('amd64', files));
  });

  test('is another one when any byte changes, or moves to another file', () => {
    const content = fc.uint8Array({ maxLength: 20 });
    fc.assert(
      fc.property(content, content, content, content, (a, b, c, d) => {
        const tagOf = (one: Uint8Array, two: Uint8Array) =>
          imageTag('amd64', [
            { name: 'api.js', content: one },
            { name: 'admin.js', content: two },
          ]);
        const same = Buffer.compare(a, c) === 0 && Buffer.compare(b, d) === 0;
        expect(tagOf(a, b) === tagOf(c, d)).toBe(same);
      }),
    );
    const split = (one: string, two: string) =>
      imageTag('amd64', [
        { name: 'a', content: Buffer.from(one) },
        { name: 'b', content: Buffer.from(two) },
      ]);
    expect(split('12', '3')).not.toBe(split('1', '23'));
  });
});

describe('a configuration with its image', () => {
  test('names the content of a built image, for both servers', () => {
    const { admin, workload } = withBuiltImage(loadEnvironment('dev'));
    expect(workload.image).toMatchObject({ source: 'built', tag: imageTag('amd64') });
    expect(admin.image).toEqual(workload.image);
  });

  test('leaves an image alone that somebody named', () => {
    const config = loadEnvironment('prod');
    expect(withBuiltImage(config)).toBe(config);
  });
});
