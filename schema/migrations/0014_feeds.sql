-- Private calendar feeds: of a user, a class or a school. The link holds the token; its SHA-256 stands here, so that a
-- stolen database opens no feed. Revoked by deletion.
CREATE TABLE feeds (
  id TEXT NOT NULL PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,
  school_id TEXT NOT NULL REFERENCES schools (id),
  kind TEXT NOT NULL,
  target_id TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  created_by TEXT NOT NULL
);
CREATE INDEX feeds_of_target ON feeds (target_id, id);
