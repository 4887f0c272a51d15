import { CfnOutput, Duration } from 'aws-cdk-lib';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import type { IHostedZone } from 'aws-cdk-lib/aws-route53';
import type { Construct } from 'constructs';
import { hasAdminLogin } from '../config/authentication/admin-login';
import { API_PORT, HEALTH_PATH, OUTPUTS, PROJECT, type StackId } from '../config/names';
import { HostCertificate } from '../constructs/edge/host-certificate';
import { importHostedZone } from '../constructs/edge/hosted-zone';
import { OriginSecret } from '../constructs/edge/origin-secret';
import { WebAcl } from '../constructs/edge/web-acl';
import { LoadBalancer } from '../constructs/load-balancer/load-balancer';
import { withLogin } from '../constructs/load-balancer/oidc-authentication';
import { PodTargetGroup, type PodTargetGroupProps } from '../constructs/load-balancer/pod-target-group';
import { LogBucket } from '../constructs/storage/log-bucket';
import { PlatformStack, type PlatformStackProps } from './platform-stack';

export interface IngressStackProps extends PlatformStackProps {
  /** VPC of the Network stack. */
  readonly vpc: IVpc;
}

/** The load balancer in front of the pods, with its web ACL. */
export class IngressStack extends PlatformStack {
  readonly loadBalancer: LoadBalancer;
  /**
   * Header of requests that CloudFront's web ACL has inspected; null: the load balancer's web ACL inspects
   * them too.
   */
  readonly originSecret: OriginSecret | null;

  constructor(scope: Construct, id: StackId, props: IngressStackProps) {
    super(scope, id, props, { description: 'Load balancer, target groups, web ACL' });
    const { domain } = this.config;
    const hostedZone = importHostedZone(this, 'HostedZone', domain?.hostedZone);
    this.loadBalancer = this.createLoadBalancer(props.vpc, hostedZone);
    if (domain) this.loadBalancer.addDnsRecords(hostedZone, { Api: domain.api, Admin: domain.admin });
    this.originSecret = this.createOriginSecret();
    this.createWebAcl();
    this.writeOutputs();
  }

  private createLoadBalancer(vpc: IVpc, hostedZone: IHostedZone | null): LoadBalancer {
    const {
      authentication,
      domain,
      gateway,
      loadBalancer: settings,
      retainData: retain,
      terminationProtection,
    } = this.config;
    const login = hasAdminLogin(this.config) ? { oidc: authentication.oidc, host: domain?.admin } : null;
    const certificate =
      domain &&
      new HostCertificate(this, 'Certificate', {
        certificateArn: domain.certificateArn,
        hosts: [domain.api, domain.admin, domain.app],
        hostedZone,
      }).certificate;
    const logBucket = new LogBucket(this, 'Logs', {
      retention: Duration.days(settings.logRetentionDays),
      retain,
    });
    const sticky = {
      vpc,
      stickiness: Duration.seconds(settings.stickinessSeconds),
      deregistrationDelay: Duration.seconds(settings.deregistrationDelaySeconds),
    };
    return new LoadBalancer(this, 'LoadBalancer', {
      vpc,
      name: settings.name,
      exposure: settings.exposure,
      cloudFrontPrefixListId: settings.cloudFrontPrefixListId,
      certificate,
      sslPolicy: settings.sslPolicy,
      idleTimeout: Duration.seconds(settings.idleTimeoutSeconds),
      deletionProtection: terminationProtection,
      apiTargetGroup: this.createTargetGroup('ApiTargetGroup', {
        ...sticky,
        targetGroupName: settings.apiTargetGroupName,
      }),
      adminTargetGroup: this.createTargetGroup('AdminTargetGroup', {
        ...sticky,
        targetGroupName: settings.adminTargetGroupName,
      }),
      // Clients that keep cookies would stay on one pod, and new pods would not help them.
      gatewayTargetGroup: this.createTargetGroup('GatewayTargetGroup', {
        vpc,
        targetGroupName: settings.gatewayTargetGroupName,
        stickiness: Duration.seconds(0),
        deregistrationDelay: Duration.seconds(gateway.drainSeconds),
      }),
      routingRules:
        login?.host === undefined ? settings.routingRules : withLogin(settings.routingRules, login.host),
      oidc: login?.oidc ?? null,
      logBucket,
    });
  }

  private createTargetGroup(
    id: string,
    own: Pick<PodTargetGroupProps, 'vpc' | 'targetGroupName' | 'stickiness' | 'deregistrationDelay'>,
  ): PodTargetGroup {
    const { cluster, loadBalancer: settings } = this.config;
    return new PodTargetGroup(this, id, {
      ...own,
      port: API_PORT,
      algorithm: settings.algorithm,
      healthCheck: {
        ...settings.healthCheck,
        path: HEALTH_PATH,
        interval: Duration.seconds(settings.healthCheck.intervalSeconds),
        timeout: Duration.seconds(settings.healthCheck.timeoutSeconds),
      },
      slowStart: Duration.seconds(settings.slowStartSeconds),
      cluster,
    });
  }

  /** Only a public load balancer has to distinguish CloudFront's requests from others. */
  private createOriginSecret(): OriginSecret | null {
    const { loadBalancer, webAcl } = this.config;
    const isRecognised = webAcl.inspectCloudFrontTraffic === 'edge' && loadBalancer.exposure === 'public';
    return isRecognised ? new OriginSecret(this, 'OriginSecret') : null;
  }

  /**
   * Creates no web ACL if only CloudFront's VPC origin reaches the load balancer and CloudFront's web ACL
   * inspects.
   */
  private createWebAcl(): void {
    const { domain, environment, loadBalancer, retainData, webAcl } = this.config;
    if (webAcl.inspectCloudFrontTraffic === 'edge' && loadBalancer.exposure === 'cloudfront-only') return;
    new WebAcl(this, 'WebAcl', {
      name: `${PROJECT}-${environment}-ingress`,
      scope: 'REGIONAL',
      rateLimits: {
        address: webAcl.rateLimitPer5Minutes,
        key: webAcl.keyRateLimitPer5Minutes,
        program: webAcl.programRateLimitPer5Minutes,
      },
      logRetentionDays: webAcl.logRetentionDays,
      proxiedHost: domain?.app,
      originSecret: this.originSecret ?? undefined,
      retain: retainData,
    }).protect(this.loadBalancer.loadBalancer);
  }

  private writeOutputs(): void {
    const { adminTargetGroup, apiTargetGroup, gatewayTargetGroup, loadBalancer } = this.loadBalancer;
    new CfnOutput(this, OUTPUTS.apiTargetGroupArn.key, { value: apiTargetGroup.targetGroupArn });
    new CfnOutput(this, OUTPUTS.adminTargetGroupArn.key, { value: adminTargetGroup.targetGroupArn });
    new CfnOutput(this, OUTPUTS.gatewayTargetGroupArn.key, { value: gatewayTargetGroup.targetGroupArn });
    if (hasAdminLogin(this.config)) {
      new CfnOutput(this, OUTPUTS.loadBalancerArn.key, { value: loadBalancer.loadBalancerArn });
    }
    new CfnOutput(this, 'LoadBalancerDnsName', { value: loadBalancer.loadBalancerDnsName });
  }
}
