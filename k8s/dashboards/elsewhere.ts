import type { ResolvedConfig } from '../../lib/config/environment-config';
import { PROJECT } from '../../lib/config/names';
import { HEIGHT, type Section } from './layout';
import { text } from './panels';

/** Dashboards in CloudWatch by the last part of their names. */
export type CloudWatchDashboard = 'overview' | 'api' | 'database' | 'cache' | 'cdn' | 'scaling' | 'cost';

/** Where to look for what Prometheus does not measure. */
export function elsewhere(
  config: Pick<ResolvedConfig, 'environment' | 'region'>,
  what: string,
  names: readonly CloudWatchDashboard[],
): Section {
  const panel = text('What Prometheus does not measure', linksTo(config, what, names));
  return { title: 'In CloudWatch', lines: [{ height: HEIGHT.text, panels: [panel] }] };
}

function linksTo(
  { environment, region }: Pick<ResolvedConfig, 'environment' | 'region'>,
  what: string,
  names: readonly CloudWatchDashboard[],
): string {
  const links = names.map((name) => {
    const full = `${PROJECT}-${environment}-${name}`;
    const url = `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#dashboards/dashboard/${full}`;
    return `- [${full}](${url})`;
  });
  return [`CloudWatch has ${what}:`, '', ...links].join('\n');
}
