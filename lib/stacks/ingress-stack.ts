import { CfnOutput, Duration } from 'aws-cdk-lib';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { API_PORT, HEALTH_PATH, OUTPUTS, PROJECT, type StackId } from '../config/names';
import { HostCertificate } from '../constructs/edge/host-certificate';
import { importHostedZone } from '../constructs/edge/hosted-zone';
import { WebAcl } from '../constructs/edge/web-acl';
import { LoadBalancer } from '../constructs/load-balancer/load-balancer';
import { PodTargetGroup } from '../constructs/load-balancer/pod-target-group';
import { LogBucket } from '../constructs/storage/log-bucket';
import { PlatformStack, type PlatformStackProps } from './platform-stack';

export interface IngressStackProps extends PlatformStackProps {
  readonly vpc: IVpc;
}

/** The load balancer in front of the pods, under a web ACL. */
export class IngressStack extends PlatformStack {
  readonly loadBalancer: LoadBalancer;

  constructor(scope: Construct, id: StackId, props: IngressStackProps) {
    super(scope, id, props, { description: 'Load balancer, target groups, web ACL' });
    const { config, vpc } = props;
    const { cluster, domain, loadBalancer: settings, retainData: retain } = config;

    const hostedZone = importHostedZone(this, 'HostedZone', domain.hostedZone);
    const { certificate } = new HostCertificate(this, 'Certificate', {
      certificateArn: domain.certificateArn,
      hosts: [domain.api, domain.admin, domain.app],
      hostedZone,
    });
    const logBucket = new LogBucket(this, 'Logs', {
      retention: Duration.days(settings.logRetentionDays),
      retain,
    });
    const targets = {
      vpc,
      port: API_PORT,
      algorithm: settings.algorithm,
      healthCheck: {
        ...settings.healthCheck,
        path: HEALTH_PATH,
        interval: Duration.seconds(settings.healthCheck.intervalSeconds),
        timeout: Duration.seconds(settings.healthCheck.timeoutSeconds),
      },
      stickiness: Duration.seconds(settings.stickinessSeconds),
      slowStart: Duration.seconds(settings.slowStartSeconds),
      deregistrationDelay: Duration.seconds(settings.deregistrationDelaySeconds),
      cluster,
    };
    const loadBalancer = new LoadBalancer(this, 'LoadBalancer', {
      vpc,
      name: settings.name,
      exposure: settings.exposure,
      cloudFrontPrefixListId: settings.cloudFrontPrefixListId,
      certificate,
      sslPolicy: settings.sslPolicy,
      idleTimeout: Duration.seconds(settings.idleTimeoutSeconds),
      deletionProtection: config.terminationProtection,
      apiTargetGroup: new PodTargetGroup(this, 'ApiTargetGroup', {
        ...targets,
        targetGroupName: settings.apiTargetGroupName,
      }),
      adminTargetGroup: new PodTargetGroup(this, 'AdminTargetGroup', {
        ...targets,
        targetGroupName: settings.adminTargetGroupName,
      }),
      routingRules: settings.routingRules,
      logBucket,
    });
    loadBalancer.addDnsRecords(hostedZone, { Api: domain.api, Admin: domain.admin });
    const webAcl = new WebAcl(this, 'WebAcl', {
      name: `${PROJECT}-${config.environment}-ingress`,
      scope: 'REGIONAL',
      ...config.webAcl,
      proxiedHost: domain.app,
      retain,
    });
    webAcl.protect(loadBalancer.loadBalancer);

    new CfnOutput(this, OUTPUTS.apiTargetGroupArn.key, { value: loadBalancer.apiTargetGroup.targetGroupArn });
    new CfnOutput(this, OUTPUTS.adminTargetGroupArn.key, {
      value: loadBalancer.adminTargetGroup.targetGroupArn,
    });
    new CfnOutput(this, 'LoadBalancerDnsName', { value: loadBalancer.loadBalancer.loadBalancerDnsName });
    this.loadBalancer = loadBalancer;
  }
}
