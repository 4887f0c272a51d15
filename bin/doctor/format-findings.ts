import type { Finding, Status } from './finding';

const MARKS: Readonly<Record<Status, string>> = {
  ok: 'ok',
  later: 'later',
  unknown: 'unknown',
  problem: 'PROBLEM',
};

/** Widest name of a status. */
const MARK_WIDTH = 7;

/** What has to be done comes last, where it is seen. */
const ORDER: readonly Status[] = ['ok', 'later', 'unknown', 'problem'];

/** The findings as lines: what holds first, problems last, and a line that counts them. */
export function formatFindings(environment: string, findings: readonly Finding[]): string[] {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const sorted = [...findings].sort((a, b) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status));
  const lines = sorted.flatMap(({ check, message, remedy, status }) => {
    const begin = `${MARKS[status].padEnd(MARK_WIDTH)}  ${check.padEnd(width)}  `;
    return [
      `${begin}${message}`,
      ...(remedy === undefined ? [] : [`${' '.repeat(begin.length)}-> ${remedy}`]),
    ];
  });
  const counts = ORDER.map((status) => `${findings.filter((one) => one.status === status).length} ${status}`);
  const verdict = isReady(findings) ? 'ready to deploy' : 'not ready';
  return [...lines, '', `${environment}: ${verdict} (${counts.join(', ')})`];
}

/** Whether nothing is wrong and nothing is unknown. */
export function isReady(findings: readonly Finding[]): boolean {
  return findings.every(({ status }) => status === 'ok' || status === 'later');
}
