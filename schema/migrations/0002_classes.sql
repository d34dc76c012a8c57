-- Groups taught (OneRoster: class).
CREATE TABLE classes (
  id TEXT NOT NULL PRIMARY KEY,
  school_id TEXT NOT NULL REFERENCES schools (id),
  title TEXT NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX classes_of_school ON classes (school_id, id);
