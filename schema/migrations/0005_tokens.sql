-- Bearer tokens, by the SHA-256 of their text. lesson_id set: a join token, good for that lesson alone.
CREATE TABLE tokens (
  id TEXT NOT NULL PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,
  role TEXT NOT NULL,
  user_id TEXT REFERENCES users (id),
  lesson_id TEXT REFERENCES lessons (id),
  name TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT
);
CREATE INDEX tokens_of_lesson ON tokens (lesson_id, id);
CREATE INDEX tokens_of_user ON tokens (user_id, id);
