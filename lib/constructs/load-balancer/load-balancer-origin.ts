import { Duration } from 'aws-cdk-lib';
import { type IOrigin, OriginProtocolPolicy, OriginSslPolicy } from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin, VpcOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import type { OriginSecret } from '../edge/origin-secret';
import type { LoadBalancer } from './load-balancer';

/**
 * Below the ALB's idle timeout (60 s or more), so that CloudFront closes first and never writes into a closed
 * socket.
 */
const KEEPALIVE = Duration.seconds(50);

export interface LoadBalancerOriginProps {
  /**
   * Host that the load balancer's certificate covers; for a public load balancer also its DNS name. null: the load
   * balancer has no certificate, and CloudFront reaches it by HTTP inside the VPC.
   */
  readonly hostName: string | null;
  /**
   * How long CloudFront waits for the next bytes, 1 to 120 s; more than 60 s needs a higher quota in older
   * accounts.
   */
  readonly readTimeout: Duration;
  /** Header by which the load balancer's web ACL recognises CloudFront; null: CloudFront adds no header. */
  readonly originSecret: OriginSecret | null;
}

/**
 * The load balancer as CloudFront's origin: by its public name, or by a VPC origin, where CloudFront uses the name only
 * to check the certificate.
 */
export function loadBalancerOrigin(
  { exposure, loadBalancer }: LoadBalancer,
  { hostName, originSecret, readTimeout }: LoadBalancerOriginProps,
): IOrigin {
  const options = {
    protocolPolicy: hostName === null ? OriginProtocolPolicy.HTTP_ONLY : OriginProtocolPolicy.HTTPS_ONLY,
    originSslProtocols: [OriginSslPolicy.TLS_V1_2],
    readTimeout,
    keepaliveTimeout: KEEPALIVE,
    ...(originSecret && { customHeaders: { [originSecret.headerName]: originSecret.headerValue } }),
  };
  return exposure === 'public' && hostName !== null
    ? new HttpOrigin(hostName, options)
    : VpcOrigin.withApplicationLoadBalancer(loadBalancer, {
        ...(hostName !== null && { domainName: hostName }),
        ...options,
      });
}
