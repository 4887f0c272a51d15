import { type Duration, Stack } from 'aws-cdk-lib';
import { Dashboard, PeriodOverride } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { type Panel, text } from './panels';

/** Columns of a dashboard. */
const GRID_COLUMNS = 24;

/** Grid rows of the header of a dashboard, and of the heading of a section. */
const HEADER_HEIGHT = 3;
const HEADING_HEIGHT = 1;

/** All dashboards, in the order in which to read them. */
export const DASHBOARD_NAMES = ['overview', 'api', 'database', 'cache', 'cdn', 'scaling', 'cost'] as const;
export type DashboardName = (typeof DASHBOARD_NAMES)[number];

/** Height of panels by kind, grid rows. */
export const HEIGHT = { gauge: 4, graph: 6, numbers: 4, text: 2 } as const;

/** Panels side by side, all of one height. */
export interface Line {
  /** Grid rows. */
  readonly height: number;
  /** Panels from left to right. */
  readonly panels: readonly Panel[];
  /** Grid columns of each panel; together at most 24. @default - the columns divided evenly */
  readonly widths?: readonly number[];
}

/** Lines under a heading. */
export interface Section {
  /** Heading, for people. */
  readonly title: string;
  /** Lines of panels below the heading. */
  readonly lines: readonly Line[];
}

/** What a dashboard shows. */
export interface DashboardContent {
  /** Title for people, e.g. `Database and pooler`. */
  readonly title: string;
  /** What to look at first, and what it means; one or two sentences. */
  readonly question: string;
  /** Time range that is shown when the dashboard opens. */
  readonly range: Duration;
  /** Parts of the dashboard, from top to bottom. */
  readonly sections: readonly Section[];
}

export interface PlatformDashboardProps extends DashboardContent {
  /** Which dashboard it is; end of its name in CloudWatch. */
  readonly name: DashboardName;
  /** Start of the dashboards' names. */
  readonly prefix: string;
  /** URL of the runbook, linked in the header. */
  readonly runbookUrl: string;
  /** All dashboards of the environment, linked in the header. */
  readonly names: readonly DashboardName[];
}

/**
 * A dashboard with a header that says what to look at. The points of a panel keep their length whatever time range is
 * shown, because sums are compared with limits for their period.
 */
export class PlatformDashboard extends Dashboard {
  constructor(scope: Construct, id: string, props: PlatformDashboardProps) {
    super(scope, id, {
      dashboardName: `${props.prefix}-${props.name}`,
      defaultInterval: props.range,
      periodOverride: PeriodOverride.INHERIT,
    });
    this.place({ height: HEADER_HEIGHT, panels: [text(header(props, Stack.of(this).region))] });
    for (const { title, lines } of props.sections) {
      this.place({ height: HEADING_HEIGHT, panels: [text(`## ${title}`)] });
      for (const line of lines) this.place(line);
    }
  }

  private place({ height, panels, widths }: Line): void {
    const even = Math.floor(GRID_COLUMNS / panels.length);
    this.addWidgets(...panels.map((panel, index) => panel({ height, width: widths?.[index] ?? even })));
  }
}

/** Panels of the same size, on as many lines as they need. */
export function grid(panels: readonly Panel[], perLine: number, height: number): Line[] {
  const widths = Array.from({ length: perLine }, () => GRID_COLUMNS / perLine);
  return Array.from({ length: Math.ceil(panels.length / perLine) }, (_, index) => ({
    height,
    panels: panels.slice(index * perLine, (index + 1) * perLine),
    widths,
  }));
}

function header(
  { name, names, prefix, question, runbookUrl, title }: PlatformDashboardProps,
  region: string,
): string {
  const links = names.map((other) => (other === name ? `**${other}**` : linkTo(other, prefix, region)));
  const runbook = runbookUrl.startsWith('https://') ? `[runbook](${runbookUrl})` : `\`${runbookUrl}\``;
  return [
    `# ${prefix}: ${title}`,
    question,
    `Dashboards: ${links.join(' | ')}. What to do about an alarm: ${runbook}.`,
  ].join('\n\n');
}

function linkTo(name: DashboardName, prefix: string, region: string): string {
  const console = `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}`;
  return `[${name}](${console}#dashboards/dashboard/${prefix}-${name})`;
}
