import { Duration } from 'aws-cdk-lib';
import {
  HeadersFrameOption,
  HeadersReferrerPolicy,
  type IResponseHeadersPolicy,
  ResponseHeadersPolicy,
  type ResponseSecurityHeadersBehavior,
} from 'aws-cdk-lib/aws-cloudfront';
import { Construct } from 'constructs';

/** One year, the minimum for the HSTS preload lists of browsers. */
const HSTS_AGE = Duration.days(365);

/**
 * Only the app's own host, where the API is under /api; inline styles are allowed, because chart libraries
 * set them.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const COMMON: ResponseSecurityHeadersBehavior = {
  strictTransportSecurity: { accessControlMaxAge: HSTS_AGE, includeSubdomains: true, override: true },
  contentTypeOptions: { override: true },
};

/** Security headers that CloudFront adds to its responses. */
export class SecurityHeaders extends Construct {
  /** Policy for the web application's files. */
  readonly pages: IResponseHeadersPolicy;
  /** Policy for the API, whose responses are not pages. */
  readonly api: IResponseHeadersPolicy;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.pages = new ResponseHeadersPolicy(this, 'Pages', {
      comment: 'Security headers of the web application',
      securityHeadersBehavior: {
        ...COMMON,
        frameOptions: { frameOption: HeadersFrameOption.DENY, override: true },
        referrerPolicy: {
          referrerPolicy: HeadersReferrerPolicy.STRICT_ORIGIN_WHEN_CROSS_ORIGIN,
          override: true,
        },
        contentSecurityPolicy: { contentSecurityPolicy: CONTENT_SECURITY_POLICY, override: true },
      },
    });
    this.api = new ResponseHeadersPolicy(this, 'Api', {
      comment: 'Security headers of the API',
      securityHeadersBehavior: COMMON,
    });
  }
}
