import type { ResolvedConfig } from '../../lib/config/environment-config';
import { PROJECT } from '../../lib/config/names';
import type { PanelContent } from './grafana';
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
  const title = 'In CloudWatch';
  return { title, lines: [{ height: HEIGHT.text, panels: [linksTo(config, title, what, names)] }] };
}

function linksTo(
  { environment, region }: Pick<ResolvedConfig, 'environment' | 'region'>,
  title: string,
  what: string,
  names: readonly CloudWatchDashboard[],
): PanelContent {
  const links = names.map((name) => {
    const full = `${PROJECT}-${environment}-${name}`;
    const url = `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#dashboards/dashboard/${full}`;
    return `- [${full}](${url})`;
  });
  return text(title, [`Prometheus does not measure ${what}. CloudWatch does:`, '', ...links].join('\n'));
}
