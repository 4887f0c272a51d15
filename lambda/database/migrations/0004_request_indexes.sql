-- On the partitioned table alone, which takes no time; the migrator then builds each partition's CONCURRENTLY and
-- attaches it (docs/database.md says which query needs which index).
SET LOCAL ROLE llm_cost_ops_owner;

-- A user's history page by page: (timestamp, id) is the cursor.
CREATE INDEX idx_llm_requests_user_timestamp ON ONLY llm_requests (user_id, "timestamp" DESC, id DESC);

-- A user's costs in a period, from the index alone. Nothing sorts by cost, so it is no key.
CREATE INDEX idx_llm_requests_cost ON ONLY llm_requests (user_id, "timestamp") INCLUDE (cost);

-- Requests that are under way: few, so the index stays small.
CREATE INDEX idx_llm_requests_active ON ONLY llm_requests (user_id, "timestamp") WHERE status = 'active';

-- Words of prompts.
CREATE INDEX idx_llm_requests_prompt_fulltext ON ONLY llm_requests USING gin (prompt_document(prompt));
