import { storageNeeds } from '../../../lib/config/storage-budget';
import { testConfig } from '../../helpers/config';

test('the storage of production holds 14 months of a million requests a day, and their prompts for 30 days', () => {
  expect(storageNeeds(testConfig())).toEqual({
    // A fifth is free: 1.25 x (356.7 + 114.4).
    leastGib: 589,
    rowsGib: 357,
    promptsGib: 115,
    peakDayGib: 403,
  });
});

test.each([
  ['no prompts', { promptBytes: 0 }, 0],
  ['prompts of 8 KiB', { promptBytes: 8192 }, 229],
])('%s take as much', (_, storedRequests, promptsGib) => {
  expect(storageNeeds(testConfig({ database: { storedRequests } }))).toMatchObject({ promptsGib });
});
