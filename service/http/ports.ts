import type { Principal } from '../access/principal';
import type { CostGroupQuery, CostGroups, CostQuery, CostSummary } from '../costs/cost-query';
import type { Page } from '../requests/page';
import type { ExportQuery, HistoryQuery, PromptSearchQuery } from '../requests/read/history-query';
import type { EndInput, StoredRequest } from '../requests/record';
import type { IngestResult, WriteOptions } from '../requests/write/ingest-result';

/** Stores records. Every method adds the principal's project itself. */
export interface Ledger {
  /** Stores a batch; what the answer says is committed. */
  write(principal: Principal, records: readonly unknown[], options: WriteOptions): Promise<IngestResult>;
  /** Ends an active request. @throws RequestError `not_found`, `id_conflict`, `invalid_record` */
  end(principal: Principal, id: string, end: EndInput): Promise<StoredRequest>;
}

/** Reads records. Every method adds the principal's project itself. */
export interface RequestReader {
  history(principal: Principal, query: HistoryQuery): Promise<Page<StoredRequest>>;
  search(principal: Principal, query: PromptSearchQuery): Promise<Page<StoredRequest>>;
  /** @throws RequestError `not_found` */
  find(principal: Principal, id: string): Promise<StoredRequest>;
  /** Text of a file, in pieces. */
  export(principal: Principal, query: ExportQuery): AsyncIterable<string>;
}

/** Answers what requests cost. Every method adds the principal's project itself. */
export interface CostReader {
  summary(principal: Principal, query: CostQuery): Promise<CostSummary>;
  groups(principal: Principal, query: CostGroupQuery): Promise<CostGroups>;
  /** A CSV file with FOCUS columns, in pieces. */
  focus(principal: Principal, query: CostQuery): AsyncIterable<string>;
}
