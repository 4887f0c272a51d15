import type { ResolvedConfig } from '../../lib/config/environment-config';
import { stackName } from '../../lib/config/names';
import { draftTemplates } from '../synth/draft-templates';
import type { DashboardBody } from './read-cloudwatch';
import { resolveText } from './resolve-references';

/** The bodies of an environment's dashboards by name; placeholders stand for what only a deployment knows. */
export function cloudWatchDashboards(config: ResolvedConfig): Record<string, DashboardBody> {
  const { account, environment, region } = config;
  const templates = Object.fromEntries(
    draftTemplates(config).map((stack) => [stack.stackName, stack.template]),
  );
  const stack = stackName(environment, 'Observability');
  const dashboards = Object.values(templates[stack]?.Resources ?? {}).filter(
    ({ Type }) => Type === 'AWS::CloudWatch::Dashboard',
  );
  return Object.fromEntries(
    dashboards.map(({ Properties = {} }) => [
      String(Properties['DashboardName']),
      JSON.parse(resolveText(Properties['DashboardBody'], stack, { account, region, templates })),
    ]),
  );
}
