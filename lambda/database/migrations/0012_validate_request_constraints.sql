-- Checks the rows of older releases against the constraints of 0008_request_columns. It reads every row, and blocks no
-- reader and no writer. The new columns of old rows have their defaults, so none can fail.
SET LOCAL ROLE llm_cost_ops_owner;

ALTER TABLE llm_requests
  VALIDATE CONSTRAINT written_tokens_are_input,
  VALIDATE CONSTRAINT cache_write_1h_tokens_are_cache_writes,
  VALIDATE CONSTRAINT reasoning_tokens_are_output,
  VALIDATE CONSTRAINT list_cost_is_money,
  VALIDATE CONSTRAINT saved_cost_is_money,
  VALIDATE CONSTRAINT pricing_is_known,
  VALIDATE CONSTRAINT usage_source_is_known,
  VALIDATE CONSTRAINT tags_are_an_object;
