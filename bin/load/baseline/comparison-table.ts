import { textTable } from '../../cli/text-table';
import type { Comparison } from './compare';
import { RATIOS } from './ratios';

/** The comparison as lines, with a verdict. */
export function comparisonLines(comparisons: readonly Comparison[]): string[] {
  const slower = comparisons.filter(({ isSlower }) => isSlower);
  return [
    ...textTable([
      ['figure', 'baseline', 'now', 'slower by', 'noise', 'verdict'],
      ...comparisons.map(({ name, before, now, slowerPercent, noisePercent, isSlower }) => [
        RATIOS[name],
        before.toFixed(2),
        now.toFixed(2),
        `${slowerPercent.toFixed(1)} %`,
        `${noisePercent.toFixed(1)} %`,
        isSlower ? 'SLOWER' : 'within noise',
      ]),
    ]),
    '',
    slower.length === 0
      ? 'Not slower than the baseline.'
      : `Slower than the baseline: ${slower.map(({ name }) => RATIOS[name]).join('; ')}.`,
  ];
}
