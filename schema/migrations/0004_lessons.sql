-- Scheduled meetings of a class. status: scheduled, live, ended.
CREATE TABLE lessons (
  id TEXT NOT NULL PRIMARY KEY,
  class_id TEXT NOT NULL REFERENCES classes (id),
  title TEXT NOT NULL,
  starts_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  status TEXT NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX lessons_of_class ON lessons (class_id, id);
CREATE INDEX lessons_by_status ON lessons (status, id);
