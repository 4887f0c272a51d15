import { Duration } from 'aws-cdk-lib';
import { type IOrigin, OriginProtocolPolicy, OriginSslPolicy } from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin, VpcOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import type { LoadBalancer } from './load-balancer';

/** Below the ALB's idle timeout (60 s or more), so that CloudFront closes first and never writes into a closed socket. */
const KEEPALIVE = Duration.seconds(50);

export interface LoadBalancerOriginProps {
  /** Host that the load balancer's certificate covers; of a public one also its DNS name. */
  readonly hostName: string;
  /** How long CloudFront waits for the next bytes; above 60 s needs a raised quota in older accounts. */
  readonly readTimeout: Duration;
}

/**
 * The load balancer as CloudFront's origin, over HTTPS: by its public name, or inside the VPC, where the name is
 * only what the certificate is checked against.
 */
export function loadBalancerOrigin(
  { exposure, loadBalancer }: LoadBalancer,
  { hostName, readTimeout }: LoadBalancerOriginProps,
): IOrigin {
  const options = {
    protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY,
    originSslProtocols: [OriginSslPolicy.TLS_V1_2],
    readTimeout,
    keepaliveTimeout: KEEPALIVE,
  };
  return exposure === 'public'
    ? new HttpOrigin(hostName, options)
    : VpcOrigin.withApplicationLoadBalancer(loadBalancer, { domainName: hostName, ...options });
}
