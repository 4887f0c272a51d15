import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileStateStore } from '../../../../lambda/predictive-scaler/state/file-state-store';

const OLD = Buffer.from('old state');
const NEW = Buffer.from('new state');

let folder: string;
let store: FileStateStore;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'states-')), 'made-on-demand');
  store = new FileStateStore(folder);
});
afterEach(() => rmSync(join(folder, '..'), { recursive: true }));

it('loads what was saved, and leaves nothing else in the folder', async () => {
  expect(await store.save('team/api', OLD, undefined)).toBe('saved');
  const { bytes, etag } = await store.load('team/api');
  expect(bytes).toEqual(OLD);
  expect(await store.save('team/api', NEW, etag)).toBe('saved');
  expect((await new FileStateStore(folder).load('team/api')).bytes).toEqual(NEW);
  expect(readdirSync(folder)).toEqual(['team%2Fapi.state']);
});

it('has a reason where there is no state', async () => {
  expect(await store.load('api')).toEqual({
    bytes: undefined,
    etag: undefined,
    reason: 'no state is stored yet',
  });
});

it('has a reason for a foreign file, and replaces it', async () => {
  await store.save('other', OLD, undefined);
  writeFileSync(join(folder, 'api.state'), 'not ours');
  const { etag, ...loaded } = await store.load('api');
  expect(loaded).toEqual({ bytes: undefined, reason: 'not a state of the scaler' });
  expect(await store.save('api', NEW, etag)).toBe('saved');
});

it.each<[what: string, etag: (present: string) => string | undefined]>([
  ['there was none', () => undefined],
  ['it was another one', (present) => `${present}0`],
])('conflicts when %s, and leaves the state as it is', async (_, etag) => {
  await store.save('api', OLD, undefined);
  const present = (await store.load('api')).etag as string;
  expect(await store.save('api', NEW, etag(present))).toBe('conflict');
  expect((await store.load('api')).bytes).toEqual(OLD);
});

it('fails where the folder cannot be used', async () => {
  writeFileSync(folder, 'a file');
  await expect(store.load('api')).rejects.toThrow('ENOTDIR');
});
