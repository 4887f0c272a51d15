SET LOCAL ROLE llm_cost_ops_owner;

ALTER TABLE projects
  -- Which answers of models the gateway keeps: those that are the same each time, all, or none.
  ADD COLUMN answer_caching text NOT NULL DEFAULT 'default'
    CONSTRAINT answer_caching_is_known CHECK (answer_caching IN ('default', 'all', 'off'));
