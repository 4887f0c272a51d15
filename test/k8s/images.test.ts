import { IMAGES, type Image, imageReference } from '../../k8s/images';

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

test('an image is pulled by its tag, or by its digest where that is pinned', () => {
  const image: Image = { repository: 'registry.example.com/team/server', tag: '1.2.3', digest: null };
  expect(imageReference(image)).toBe('registry.example.com/team/server:1.2.3');
  expect(imageReference({ ...image, digest: DIGEST })).toBe(
    `registry.example.com/team/server:1.2.3@${DIGEST}`,
  );
});

test.each(Object.entries(IMAGES))(
  '%s has an exact version and, if any, a whole digest',
  (_, { digest, tag }) => {
    expect(tag).toMatch(/^v?\d+\.\d+\.\d+(-alpine)?$/);
    if (digest !== null) expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  },
);
