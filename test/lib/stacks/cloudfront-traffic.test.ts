import { Template } from 'aws-cdk-lib/assertions';
import type { ResolvedConfig } from '../../../lib/config/environment-config';
import { CdnStack } from '../../../lib/stacks/cdn-stack';
import { EdgeStack } from '../../../lib/stacks/edge-stack';
import { IngressStack } from '../../../lib/stacks/ingress-stack';
import { NetworkStack } from '../../../lib/stacks/network-stack';
import { testApp } from '../../helpers/app';
import { testConfig } from '../../helpers/config';
import { onlyResource } from '../../helpers/templates';

const ACL = 'AWS::WAFv2::WebACL';
const SECRET = 'AWS::SecretsManager::Secret';
const INTERNAL = { exposure: 'cloudfront-only', cloudFrontPrefixListId: 'pl-3b927c52' } as const;

interface Rule {
  readonly Name: string;
  readonly Priority: number;
  readonly Action?: unknown;
  readonly Statement: { readonly ByteMatchStatement?: Readonly<Record<string, unknown>> };
}

function templates(
  inspectCloudFrontTraffic: 'edge' | 'load-balancer' | 'both' | undefined,
  loadBalancer: Partial<typeof INTERNAL> = {},
) {
  const { Cdn, Edge, Ingress } = edgeTemplates(
    testConfig({ webAcl: { inspectCloudFrontTraffic }, loadBalancer }),
  );
  const count = (template: Template, type: string) => Object.keys(template.findResources(type)).length;
  const distribution = onlyResource(Cdn, 'AWS::CloudFront::Distribution')['DistributionConfig'] as Record<
    string,
    unknown
  >;
  const [, api] = distribution['Origins'] as { readonly OriginCustomHeaders?: readonly Header[] }[];
  return {
    ingress: Ingress,
    cdn: Cdn,
    acls: { edge: count(Edge, ACL), ingress: count(Ingress, ACL) },
    associations: count(Ingress, 'AWS::WAFv2::WebACLAssociation'),
    edgeAcl: distribution['WebACLId'],
    headers: api?.OriginCustomHeaders ?? [],
  };
}

interface Header {
  readonly HeaderName: string;
  readonly HeaderValue: unknown;
}

/** The stacks that requests come through, without the rest of the platform, which takes most of the time. */
function edgeTemplates(config: ResolvedConfig) {
  process.env['CDK_VALIDATION'] = 'false';
  const app = testApp();
  const edge = new EdgeStack(app, 'Edge', { config });
  const { vpc } = new NetworkStack(app, 'Network', { config });
  const ingress = new IngressStack(app, 'Ingress', { config, vpc });
  const cdn = new CdnStack(app, 'Cdn', { config, ...edgeProps(edge), ...ingressProps(ingress) });
  return {
    Edge: Template.fromStack(edge),
    Ingress: Template.fromStack(ingress),
    Cdn: Template.fromStack(cdn),
  };
}

const edgeProps = ({ certificate, webAclArn }: EdgeStack) => ({ certificate, webAclArn });
const ingressProps = ({ loadBalancer, originSecret }: IngressStack) => ({ loadBalancer, originSecret });

/** Where CloudFormation reads a value of Secrets Manager. */
const DYNAMIC_REFERENCE = {
  'Fn::Join': ['', ['{{resolve:secretsmanager:', expect.anything(), ':SecretString:::}}']],
};

describe('inspection of requests that come through CloudFront', () => {
  test.each([
    [undefined, {}, { edge: 1, ingress: 1 }, ['x-origin-verify']],
    ['edge', {}, { edge: 1, ingress: 1 }, ['x-origin-verify']],
    ['edge', INTERNAL, { edge: 1, ingress: 0 }, []],
    ['load-balancer', {}, { edge: 0, ingress: 1 }, []],
    ['load-balancer', INTERNAL, { edge: 0, ingress: 1 }, []],
    ['both', {}, { edge: 1, ingress: 1 }, []],
    ['both', INTERNAL, { edge: 1, ingress: 1 }, []],
  ] as const)('by %s with %j has the web ACLs %j', (where, loadBalancer, acls, headers) => {
    const made = templates(where, loadBalancer);
    expect(made.acls).toEqual(acls);
    expect(made.associations).toBe(acls.ingress);
    expect(made.edgeAcl === undefined).toBe(acls.edge === 0);
    expect(made.headers.map(({ HeaderName }) => HeaderName)).toEqual(headers);
  });

  describe("by 'edge' at a public load balancer", () => {
    let edge: ReturnType<typeof templates>;
    let rules: readonly Rule[];

    beforeAll(() => {
      edge = templates('edge');
      rules = onlyResource(edge.ingress, ACL)['Rules'] as Rule[];
    });

    test('lets requests with the secret header pass before any other rule is asked', () => {
      expect(rules[0]).toMatchObject({
        Name: 'inspected-at-edge',
        Priority: 0,
        Action: { Allow: {} },
        Statement: {
          ByteMatchStatement: {
            FieldToMatch: { SingleHeader: { Name: 'x-origin-verify' } },
            PositionalConstraint: 'EXACTLY',
            SearchString: DYNAMIC_REFERENCE,
          },
        },
      });
    });

    test('inspects requests without it as before, so that a deployment or a rotation refuses nobody', () => {
      const both = onlyResource(templates('both').ingress, ACL)['Rules'] as Rule[];
      const withoutPlace = ({ Priority, ...rule }: Rule) => rule;
      expect(rules.slice(1).map(withoutPlace)).toEqual(both.map(withoutPlace));
    });

    test('keeps the value out of templates, logs and samples', () => {
      expect(edge.headers).toEqual([{ HeaderName: 'x-origin-verify', HeaderValue: DYNAMIC_REFERENCE }]);
      expect(onlyResource(edge.ingress, SECRET)).toEqual(
        expect.objectContaining({
          GenerateSecretString: { ExcludePunctuation: true, PasswordLength: 48 },
        }),
      );
      expect(onlyResource(edge.ingress, SECRET)).not.toHaveProperty('SecretString');
      const hidden = ['authorization', 'cookie', 'x-api-key', 'x-origin-verify'];
      expect(onlyResource(edge.ingress, 'AWS::WAFv2::LoggingConfiguration')['RedactedFields']).toEqual(
        hidden.map((Name) => ({ SingleHeader: { Name } })),
      );
      expect(onlyResource(edge.ingress, ACL)['DataProtectionConfig']).toMatchObject({
        DataProtections: [{ Field: { FieldKeys: hidden } }],
      });
    });
  });
});
