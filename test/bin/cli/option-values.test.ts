import {
  numberWithin,
  oneOf,
  pair,
  positiveNumber,
  severalOf,
  timeZone,
  wholeNumber,
  wholeNumbers,
} from '../../../bin/cli/option-values';

test.each([
  [() => wholeNumber('port', '8080', { least: 1024, most: 65_535 }), 8080],
  [() => wholeNumber('rows', '1e6', { least: 10_000 }), 1_000_000],
  [() => wholeNumbers('clients', '50,100', { least: 1 }), [50, 100]],
  [() => numberWithin('seconds', '0.5', { least: 0.5, most: 600 }), 0.5],
  [() => numberWithin('slow-ms', '0', { least: 0 }), 0],
  [() => positiveNumber('capacity', '0.1'), 0.1],
  [() => oneOf('server', 'good', ['good', 'slow']), 'good'],
  [() => severalOf('parts', 'part', 'two, one', ['one', 'two', 'three']), ['two', 'one']],
  [() => timeZone('time-zone', 'Europe/Berlin'), 'Europe/Berlin'],
  [() => pair('env', 'NAME=value', 'QUERY=a=b'), ['QUERY', 'a=b']],
  [() => pair('env', 'NAME=value', 'EMPTY='), ['EMPTY', '']],
])('reads a value: %#', (read, value) => {
  expect(read()).toEqual(value);
});

test.each([
  [
    () => wholeNumber('port', '80', { least: 1024, most: 65_535 }),
    '--port must be a whole number between 1024 and 65535, got 80',
  ],
  [() => wholeNumber('jobs', '1.5', { least: 1 }), '--jobs must be a whole number of at least 1, got 1.5'],
  [() => wholeNumber('jobs', ' ', { least: 0 }), '--jobs must be a whole number of at least 0, got  '],
  [() => wholeNumber('jobs', 'Infinity', { least: 0 }), /whole number of at least 0, got Infinity$/],
  [
    () => wholeNumbers('clients', '50,none', { least: 1, most: 100 }),
    '--clients must be whole numbers between 1 and 100, separated by commas, got 50,none',
  ],
  [
    () => numberWithin('seconds', '', { least: 0, most: 600 }),
    '--seconds must be a number between 0 and 600, got ',
  ],
  [() => numberWithin('slow-ms', '-1', { least: 0 }), '--slow-ms must be a number of at least 0, got -1'],
  [() => positiveNumber('capacity', '0'), '--capacity must be a number above 0, got 0'],
  [() => oneOf('server', 'odd', ['good', 'slow']), '--server must be one of good, slow, got odd'],
  [() => severalOf('parts', 'part', 'one,', ['one', 'two']), '--parts must be one of one, two, got '],
  [
    () => severalOf('parts', 'part', 'one,two,one', ['one', 'two']),
    '--parts must name each part once, got one twice',
  ],
  [
    () => timeZone('time-zone', 'Mars/Base'),
    '--time-zone must be an IANA name such as Europe/Berlin, got Mars/Base',
  ],
  [() => pair('env', 'NAME=value', '=x'), '--env must be NAME=value, got =x'],
])('fails with the option, its range and the value: %#', (read, message) => {
  expect(read).toThrow(message);
});
