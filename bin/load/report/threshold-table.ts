import { textTable } from '../../cli/text-table';
import type { ThresholdResult } from '../results/threshold';
import { shareText } from '../results/timeline';
import type { ScriptResult } from '../run-script';

/** A table of the thresholds and the verdict on the test, as lines. */
export function reportLines(scenario: string, result: ScriptResult): string[] {
  const { seconds, requests, refused, dropped, thresholds, abortedBy } = result;
  const crossed = thresholds.filter(({ passed }) => !passed).length;
  return [
    ...textTable([
      ['threshold', 'measured', 'of', 'verdict'],
      ...thresholds.map((it) => [
        it.text,
        measured(it),
        String(it.samples),
        it.passed ? 'passed' : 'CROSSED',
      ]),
    ]),
    '',
    `${requests} requests in ${seconds.toFixed(1)} s, ${dropped} not sent because every virtual user was busy`,
    ...(refused === 0 ? [] : [`${shareText(refused, requests)} refused: 503 with Retry-After`]),
    ...abortedBy.map((text) => `ended early by ${text}`),
    crossed === 0
      ? `${scenario} passed: ${thresholds.length} thresholds`
      : `${scenario} FAILED: ${crossed} of ${thresholds.length} thresholds crossed`,
  ];
}

function measured({ measured: value, samples }: ThresholdResult): string {
  if (samples === 0) return 'nothing';
  return Number.isInteger(value) ? String(value) : value.toFixed(value < 1 ? 4 : 1);
}
