-- Who acts for a student (OneRoster: agent), and what a person is in which organisation (OneRoster 1.2: role).
CREATE TABLE guardianships (
  id TEXT NOT NULL PRIMARY KEY,
  student_id TEXT NOT NULL REFERENCES users (id),
  guardian_id TEXT NOT NULL REFERENCES users (id),
  updated_at BIGINT NOT NULL DEFAULT 0,
  deleted_at BIGINT,
  version BIGINT NOT NULL
);
CREATE INDEX guardianships_of_student ON guardianships (student_id, id);
CREATE INDEX guardianships_of_guardian ON guardianships (guardian_id, student_id);
CREATE TABLE role_assignments (
  id TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id),
  school_id TEXT NOT NULL REFERENCES schools (id),
  role TEXT NOT NULL,
  role_type TEXT NOT NULL,
  starts_on TEXT NOT NULL DEFAULT '',
  ends_on TEXT NOT NULL DEFAULT '',
  source TEXT NOT NULL DEFAULT '',
  sourced_id TEXT NOT NULL DEFAULT '',
  extra TEXT NOT NULL DEFAULT '',
  updated_at BIGINT NOT NULL DEFAULT 0,
  deleted_at BIGINT,
  version BIGINT NOT NULL
);
CREATE INDEX role_assignments_of_user ON role_assignments (user_id, school_id);
CREATE INDEX role_assignments_of_school ON role_assignments (school_id, id);
CREATE UNIQUE INDEX role_assignments_by_source ON role_assignments (source, sourced_id) WHERE sourced_id <> '';
