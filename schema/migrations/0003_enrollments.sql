-- Who is in a class, and as what (OneRoster: enrollment).
CREATE TABLE enrollments (
  id TEXT NOT NULL PRIMARY KEY,
  class_id TEXT NOT NULL REFERENCES classes (id),
  user_id TEXT NOT NULL REFERENCES users (id),
  role TEXT NOT NULL,
  version BIGINT NOT NULL,
  UNIQUE (class_id, user_id, role)
);
CREATE INDEX enrollments_of_class ON enrollments (class_id, id);
CREATE INDEX enrollments_of_user ON enrollments (user_id, class_id);
