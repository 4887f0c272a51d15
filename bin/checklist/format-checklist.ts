import type { Verdict } from './item';
import { type ItemResult, PHASES } from './run-checklist';

const MARKS: Readonly<Record<Verdict, string>> = {
  holds: 'holds',
  'does not hold': 'DOES NOT HOLD',
  'cannot be known': 'cannot be known',
};

/** The verdicts with their evidence, phase by phase, and a line that counts them. */
export function checklistLines(environment: string, results: readonly ItemResult[]): string[] {
  const lines = PHASES.flatMap(({ title, items }) => [
    title,
    ...results.filter(({ id }) => items.some((item) => item.id === id)).flatMap(itemLines),
    '',
  ]);
  return [...lines, `${environment}: ${countLine(results)}`];
}

function itemLines({ id, title, verdict, evidence }: ItemResult): string[] {
  return [
    `  ${id}  ${title}: ${MARKS[verdict]}`,
    ...evidence.map(({ source, how, verdict: found, evidence: text }) => {
      const words = how.replace(/ \(.*\)$/, '');
      return `       ${found === 'holds' ? '+' : found === 'does not hold' ? '-' : '?'} ${words} [${source}] ${text}`;
    }),
  ];
}

export function countLine(results: readonly ItemResult[]): string {
  const count = (verdict: Verdict) => results.filter((one) => one.verdict === verdict).length;
  return `${count('holds')} of ${results.length} hold, ${count('does not hold')} do not, ${count('cannot be known')} cannot be known`;
}

/** The page docs/checklist.md: every item with what is looked at. */
export function checklistPage(): string {
  const sections = PHASES.flatMap(({ title, items }) => [
    `## ${title}`,
    '',
    ...items.flatMap((item) => [
      `### ${item.id} ${item.title}`,
      '',
      ...item.checks.map(({ source, how }) => `- ${source}: ${how}`),
      ...(item.stacks.length > 0 ? [`- account: ${item.stacks.join(' and ')} deployed`] : []),
      '',
    ]),
  ]);
  return [...INTRODUCTION, ...sections].join('\n');
}

const INTRODUCTION = [
  "# The guide's checklist",
  '',
  '`npm run checklist` goes through the checklist of the guide that this project started from, phases 1 to 4, item by item. It looks at an environment as it would be deployed, and shows the evidence.',
  '',
  '```sh',
  'npm run checklist -- --env prod',
  'npm run checklist -- --env prod --trace traffic.csv   # whether the sizes fit your traffic',
  'npm run checklist -- --env prod --account             # whether it is deployed; needs credentials',
  'npm run --silent checklist -- --env prod --json',
  '```',
  '',
  'An item **holds** where every check of it holds. It **does not hold** where one does not. It **cannot be known** where there is no evidence here, such as a load test that was not run on this machine; the line says how to get some. The exit code is 2 where something does not hold, and 0 otherwise.',
  '',
  'Evidence is a knob of the configuration, a property of a resource in the synthesized templates by its logical id, a field of a rendered manifest, a line of the repository, or a measurement with its command and day. Where a page of figures no longer has a figure, its check cannot be known until the table of measurements in `bin/checklist/items/places.ts` has the new one.',
  '',
  'This page is written by `npm run --silent checklist -- --page > docs/checklist.md`.',
  '',
];
