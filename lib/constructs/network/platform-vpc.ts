import { Validations } from 'aws-cdk-lib';
import {
  FlowLogDestination,
  FlowLogTrafficType,
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpointAwsService,
  IpAddresses,
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

/** Public and isolated subnets need few addresses: NAT gateway, load balancer, database and cache nodes. */
const SMALL_SUBNET_MASK = 24;

export interface PlatformVpcProps {
  /** IPv4 range, /16 to /18. */
  readonly cidr: string;
  /** Number of NAT gateways, 1 to 3; with fewer than 3, zones share one. */
  readonly natGateways: number;
  /** AWS services that are reached through interface endpoints, by the short name of the endpoint, e.g. `ecr.api`. */
  readonly interfaceEndpoints: readonly string[];
  /** Log group that VPC flow logs are written to. */
  readonly flowLogGroup: ILogGroup;
}

/**
 * A VPC with three tiers of subnets in each of the stack's zones: public (load balancer, NAT), private (pods,
 * functions; three quarters of the range, because every pod has its own address) and isolated (database, cache; no
 * route to the internet).
 */
export class PlatformVpc extends Construct {
  readonly vpc: Vpc;

  constructor(scope: Construct, id: string, props: PlatformVpcProps) {
    super(scope, id);
    this.vpc = this.createVpc(props);
    this.logFlows(props.flowLogGroup);
    this.addEndpoints(props);
  }

  private createVpc({ cidr, natGateways }: PlatformVpcProps): Vpc {
    const privateMask = Number(cidr.split('/')[1]) + 2;
    const vpc = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr(cidr),
      natGateways,
      subnetConfiguration: [
        { name: 'private', subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: privateMask },
        {
          name: 'public',
          subnetType: SubnetType.PUBLIC,
          cidrMask: SMALL_SUBNET_MASK,
          mapPublicIpOnLaunch: false,
        },
        { name: 'isolated', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: SMALL_SUBNET_MASK },
      ],
    });
    Validations.of(vpc).acknowledge({
      id: 'CloudFormation-Validate::W3010',
      reason:
        'The zones are named in the configuration, so that synth needs no credentials and subnets never move.',
    });
    return vpc;
  }

  private logFlows(logGroup: ILogGroup): void {
    this.vpc.addFlowLog('FlowLog', {
      destination: FlowLogDestination.toCloudWatchLogs(logGroup),
      trafficType: FlowLogTrafficType.ALL,
    });
  }

  private addEndpoints({ cidr, interfaceEndpoints: services }: PlatformVpcProps): void {
    this.vpc.addGatewayEndpoint('S3', { service: GatewayVpcEndpointAwsService.S3 });
    if (services.length === 0) return;
    const securityGroup = new SecurityGroup(this, 'EndpointSecurityGroup', {
      vpc: this.vpc,
      description: 'AWS services reached from inside the VPC',
      allowAllOutbound: false,
    });
    securityGroup.addIngressRule(Peer.ipv4(cidr), Port.HTTPS, 'HTTPS from the VPC');
    for (const service of services) {
      this.vpc.addInterfaceEndpoint(`Endpoint-${service}`, {
        service: new InterfaceVpcEndpointAwsService(service),
        subnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS },
        securityGroups: [securityGroup],
        open: false,
      });
    }
  }
}
