import type { ResolvedConfig } from '../../lib/config/environment-config';
import { PROJECT } from '../../lib/config/names';
import { HEIGHT, type Section } from './layout';
import { text } from './panels';

/** CloudWatch dashboards of an environment, by the last part of their names. */
export type CloudWatchDashboard = 'overview' | 'api' | 'database' | 'cache' | 'cdn' | 'scaling' | 'cost';

/**
 * Section with links to CloudWatch dashboards, for what Prometheus does not measure.
 * @param topics what those dashboards show, in words
 */
export function cloudWatchLinks(
  config: Pick<ResolvedConfig, 'environment' | 'region'>,
  topics: string,
  names: readonly CloudWatchDashboard[],
): Section {
  const panel = text('What Prometheus does not measure', linksTo(config, topics, names));
  return { title: 'In CloudWatch', lines: [{ height: HEIGHT.text, panels: [panel] }] };
}

function linksTo(
  { environment, region }: Pick<ResolvedConfig, 'environment' | 'region'>,
  topics: string,
  names: readonly CloudWatchDashboard[],
): string {
  const links = names.map((name) => {
    const full = `${PROJECT}-${environment}-${name}`;
    const url = `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#dashboards/dashboard/${full}`;
    return `- [${full}](${url})`;
  });
  return [`CloudWatch has ${topics}:`, '', ...links].join('\n');
}
