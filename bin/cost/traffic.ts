import type { Assumptions } from './assumptions';
import { type PerScenario, perScenario } from './item';
import type { Usage } from './usage';

/** What a month's requests come to, millions and GB; a million requests of 1 KB are 1 GB. */
export interface Traffic {
  /** Millions of requests to the API. */
  readonly api: number;
  /** Millions of those that came through CloudFront. */
  readonly cdnApi: number;
  /** Millions of files of the web application from CloudFront. */
  readonly cdnFiles: number;
  /** GB from CloudFront to the internet. */
  readonly cdnGigabytes: number;
  /** GB from the load balancer straight to the internet. */
  readonly directGigabytes: number;
}

/** @param cdnPercent share of the API's requests that come through CloudFront */
export function trafficOf(
  usage: PerScenario<Usage>,
  assumptions: Assumptions,
  cdnPercent: number,
): PerScenario<Traffic> {
  return perScenario((scenario) => {
    const api = usage[scenario].millionRequests;
    const cdnApi = (api * cdnPercent) / 100;
    const cdnFiles = cdnApi * assumptions['cdn-files-per-request'];
    const response = assumptions['response-kilobytes'];
    return {
      api,
      cdnApi,
      cdnFiles,
      cdnGigabytes: cdnApi * response + cdnFiles * assumptions['cdn-file-kilobytes'],
      directGigabytes: (api - cdnApi) * response,
    };
  });
}
