import { SecretValue, Validations } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

/**
 * A secret header that CloudFront adds to each request to the load balancer, so that the load balancer's web ACL knows
 * which requests CloudFront's web ACL has inspected. Templates refer to the value; CloudFormation reads it at deploy.
 */
export class OriginSecret extends Construct {
  /** Name of the header, in lower case. CloudFront replaces a viewer's own header of this name. */
  readonly headerName = 'x-origin-verify';
  private readonly secret: Secret;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.secret = new Secret(this, 'Secret', {
      description: 'Header by which the load balancer recognises CloudFront',
      generateSecretString: { excludePunctuation: true, passwordLength: 48 },
    });
    Validations.of(this.secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'Two stacks hold the value: a rotation is a deployment of both. Requests without it are inspected, not refused.',
    });
  }

  /** Dynamic reference to the value, for a property of CloudFront or WAF. */
  get headerValue(): string {
    return SecretValue.secretsManager(this.secret.secretArn).unsafeUnwrap();
  }
}
