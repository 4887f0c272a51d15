SET LOCAL ROLE llm_cost_ops_owner;

-- A session belongs to the holder of a key, or to a person whom an identity provider has vouched for. The former build
-- reads sessions through their keys, so it refuses people's.
ALTER TABLE sessions
  ALTER COLUMN key_id DROP NOT NULL,
  ADD COLUMN issuer text CHECK (length(issuer) BETWEEN 1 AND 2048),
  -- Claim `sub`, unique and never used again at the issuer.
  ADD COLUMN subject text CHECK (length(subject) BETWEEN 1 AND 255),
  -- Verified e-mail address in lower case; NULL: the provider says none.
  ADD COLUMN email text CHECK (length(email) BETWEEN 1 AND 320),
  -- Groups of the person to which the configuration gave rights at the log-in.
  ADD COLUMN member_of text[] CHECK (cardinality(member_of) <= 100),
  ADD CONSTRAINT sessions_of_a_key_or_a_person CHECK (
    CASE WHEN key_id IS NULL THEN num_nulls(issuer, subject, member_of) = 0
    ELSE num_nonnulls(issuer, subject, email, member_of) = 0 END);

-- Log-ins whose callback has come. A callback that comes again is refused.
CREATE TABLE used_logins (
  -- SHA-256 of the log-in's state.
  state_hash bytea PRIMARY KEY CHECK (length(state_hash) = 32),
  -- When the log-in ends by itself, so that the row is no longer needed.
  expires_at timestamptz NOT NULL
);
CREATE INDEX idx_used_logins_expires ON used_logins (expires_at);

GRANT SELECT, INSERT, DELETE ON used_logins TO llm_cost_ops_writer;
