import type { Principal } from '../access/principal';
import type { CostGroupQuery, CostGroups, CostQuery, CostSummary } from '../costs/cost-query';

/** Answers what requests cost. Every method adds the principal's project itself. */
export interface CostReader {
  summary(principal: Principal, query: CostQuery): Promise<CostSummary>;
  groups(principal: Principal, query: CostGroupQuery): Promise<CostGroups>;
  /** A CSV file with FOCUS columns, in pieces. */
  focus(principal: Principal, query: CostQuery): AsyncIterable<string>;
}
