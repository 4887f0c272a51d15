import { textTable } from '../../../bin/cli/text-table';

const TABLE = [
  ['name', 'value', 'unit'],
  ['replicas', '3', ''],
  ['load', '12.5', 'requests/s'],
];

test('aligns the first column to the left and the others to the right', () => {
  expect(textTable(TABLE)).toEqual([
    'name      value        unit',
    'replicas      3',
    'load       12.5  requests/s',
  ]);
});

test('aligns the columns that the caller names', () => {
  expect(textTable(TABLE, (column) => column === 1)).toEqual([
    'name      value  unit',
    'replicas      3',
    'load       12.5  requests/s',
  ]);
});

test('of no rows has no lines', () => {
  expect(textTable([])).toEqual([]);
});
