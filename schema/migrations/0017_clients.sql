-- Other systems that pull a roster from us (OAuth 2 client credentials, RFC 6749 section 4.4): who they are, and the
-- access tokens that they hold. Neither opens anything else.
CREATE TABLE clients (
  id TEXT NOT NULL PRIMARY KEY,
  school_id TEXT NOT NULL REFERENCES schools (id),
  name TEXT NOT NULL,
  hash TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX clients_of_school ON clients (school_id, id);
CREATE TABLE access_tokens (
  hash TEXT NOT NULL PRIMARY KEY,
  client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
  scopes TEXT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX access_tokens_of_client ON access_tokens (client_id);
CREATE INDEX access_tokens_by_end ON access_tokens (expires_at);
