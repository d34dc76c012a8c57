-- Runs of roster imports and what came of them. state: running, done, refused, failed. report: JSON.
CREATE TABLE imports (
  id TEXT NOT NULL PRIMARY KEY,
  school_id TEXT NOT NULL REFERENCES schools (id),
  state TEXT NOT NULL,
  dry_run BIGINT NOT NULL,
  started_at BIGINT NOT NULL,
  finished_at BIGINT,
  started_by TEXT NOT NULL,
  report TEXT NOT NULL
);
CREATE INDEX imports_of_school ON imports (school_id, id);
CREATE INDEX imports_by_state ON imports (state);
