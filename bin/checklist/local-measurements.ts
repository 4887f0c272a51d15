import { z } from 'zod';
import { type Check, type Finding, finding, unknown } from './item';

const REPORT_FILE = 'dist/load/report.json';
const BASELINE_FILE = 'dist/load/baseline.json';

const MEASURE = 'npm run load -- --target local --scenario load';

const Report = z.object({
  scenario: z.string(),
  startedAt: z.string(),
  kpis: z.array(z.object({ name: z.string(), held: z.boolean().nullable() })),
});
const Baseline = z.object({ measuredAt: z.string() });

/** The last load test that was run with a report. */
export const loadReport: Check = {
  source: 'measurement',
  how: `the KPIs held in the last run on this machine (\`${MEASURE}\`)`,
  look: ({ readText }) => {
    const report = parsed(readText(REPORT_FILE), Report);
    if (!report) return unknown(`no ${REPORT_FILE}; measure with ${MEASURE}`);
    const broken = report.kpis.filter(({ held }) => held === false).map(({ name }) => name);
    const call = `npm run load -- --scenario ${report.scenario}, ${report.startedAt}, ${REPORT_FILE}`;
    return finding(
      broken.length === 0,
      broken.length === 0 ? call : `${call}: ${broken.join(', ')} did not hold`,
    );
  },
};

/** The baseline that builds are compared with. */
export const loadBaseline: Check = {
  source: 'measurement',
  how: `a baseline was measured on this machine (\`${MEASURE} --save\`)`,
  look: ({ readText }): Finding => {
    const baseline = parsed(readText(BASELINE_FILE), Baseline);
    return baseline
      ? finding(true, `${MEASURE} --save, ${baseline.measuredAt}, ${BASELINE_FILE}`)
      : unknown(`no ${BASELINE_FILE}; measure one with ${MEASURE} --save`);
  },
};

/** undefined: no file, or none of this version. */
function parsed<T>(text: string | undefined, schema: z.ZodType<T>): T | undefined {
  try {
    return text === undefined ? undefined : schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
