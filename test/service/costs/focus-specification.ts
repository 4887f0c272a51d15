/**
 * Columns that version 1.3 of the FinOps Open Cost and Usage Specification makes mandatory for its Cost and Usage
 * dataset (https://focus.finops.org/focus-specification/v1-3/). `ProviderName` and `PublisherName` are deprecated
 * there and still mandatory.
 */
export const MANDATORY_FOCUS_COLUMNS = [
  'BilledCost',
  'BillingAccountId',
  'BillingAccountName',
  'BillingCurrency',
  'BillingPeriodEnd',
  'BillingPeriodStart',
  'ChargeCategory',
  'ChargeClass',
  'ChargeDescription',
  'ChargePeriodEnd',
  'ChargePeriodStart',
  'ContractedCost',
  'EffectiveCost',
  'HostProviderName',
  'InvoiceIssuerName',
  'ListCost',
  'PricingQuantity',
  'PricingUnit',
  'ProviderName',
  'PublisherName',
  'ServiceCategory',
  'ServiceName',
  'ServiceProviderName',
] as const;
