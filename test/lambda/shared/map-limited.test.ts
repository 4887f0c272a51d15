import { mapLimited } from '../../../lambda/shared/map-limited';

it.each([0, 1, 3, 10])('keeps the order of %i items, with at most three under way', async (count) => {
  let underWay = 0;
  let most = 0;
  const items = Array.from({ length: count }, (_, index) => index);
  const results = await mapLimited(items, 3, async (item) => {
    underWay += 1;
    most = Math.max(most, underWay);
    // The first ones end last.
    for (let turn = 0; turn < count - item; turn += 1) await Promise.resolve();
    underWay -= 1;
    return item * 2;
  });
  expect(results).toEqual(items.map((item) => item * 2));
  expect(most).toBe(Math.min(3, count));
});

it('fails with the first item that fails', async () => {
  const failing = mapLimited([1, 2, 3], 2, async (item) => {
    if (item === 2) throw new Error('two');
    return item;
  });
  await expect(failing).rejects.toThrow('two');
});
