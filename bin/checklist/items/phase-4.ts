import { storageNeeds } from '../../../lib/config/storage-budget';
import { type Check, type ChecklistPhase, finding, unknown } from '../item';
import { loadBaseline, loadReport } from '../local-measurements';
import { field, inFile, is, knob, property, within } from '../looks';
import { DISTRIBUTION, SETTINGS } from './places';

const SIZES: Check = {
  source: 'traffic',
  how: 'no resource is used above what the objectives allow (`--trace`, [sizing](sizing.md))',
  look: ({ fit, config }) => {
    if (!fit) {
      return unknown(
        `npm run checklist -- --env ${config.environment} --trace traffic.csv compares it with your traffic`,
      );
    }
    const over = fit.uses.filter(({ share }) => share > 1);
    const shown = over.length > 0 ? over : [fit.bottleneck];
    return finding(
      over.length === 0,
      shown
        .map(({ resource, share, knob: path }) => `${resource} ${Math.round(100 * share)} % (${path})`)
        .join(', '),
    );
  },
};

const STORAGE: Check = {
  source: 'configuration',
  how: 'the storage holds the requests that are configured',
  look: ({ config }) => {
    const { leastGib } = storageNeeds(config);
    const { maxAllocatedStorageGib: most } = config.database;
    return finding(leastGib <= most, `database.maxAllocatedStorageGib = ${most}, needed are ${leastGib}`);
  },
};

/** Subnets of production reach AWS without a NAT gateway; elsewhere it is a matter of cost. */
const ENDPOINTS: Check = {
  source: 'configuration',
  how: 'production reaches AWS services through endpoints in the VPC',
  look: ({ config }) => {
    const { interfaceEndpoints } = config.network;
    const isMissing = config.stage === 'production' && interfaceEndpoints.length === 0;
    return finding(!isMissing, `network.interfaceEndpoints = ${interfaceEndpoints.join(', ') || 'none'}`);
  },
};

export const PHASE_4: ChecklistPhase = {
  title: 'Phase 4: fine-tuning',
  items: [
    {
      id: '4.1',
      title: 'Test under load, and measure',
      stacks: [],
      checks: [
        inFile('test/load/load.ts', /thresholds/, 'a load test with the objectives as thresholds'),
        loadReport,
      ],
    },
    { id: '4.2', title: 'Size resources by the load', stacks: ['Data', 'Cache'], checks: [STORAGE, SIZES] },
    {
      id: '4.3',
      title: 'Optimize the network',
      stacks: ['Network', 'Cdn'],
      checks: [
        field('ConfigMap', SETTINGS, 'data.HTTP_KEEP_ALIVE', 'connections to others are kept', is('true')),
        property(DISTRIBUTION, 'DistributionConfig.HttpVersion', 'HTTP/2 and 3 at the edge', is('http2and3')),
        property(
          {
            stack: 'Network',
            type: 'AWS::EC2::VPCEndpoint',
            where: ({ VpcEndpointType }) => VpcEndpointType === 'Gateway',
          },
          'VpcEndpointType',
          'S3 is reached inside the VPC',
          is('Gateway'),
        ),
        ENDPOINTS,
        knob('loadBalancer.idleTimeoutSeconds', 'the load balancer keeps connections', within(1)),
      ],
    },
    {
      id: '4.4',
      title: 'Notice when it becomes slower',
      stacks: [],
      checks: [
        inFile(
          'bin/load/baseline/compare.ts',
          /export function compareRatios/,
          'a comparison with a baseline, beyond the noise',
        ),
        loadBaseline,
      ],
    },
  ],
};
