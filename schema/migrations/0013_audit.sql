-- Who changed what, when, from where, before and after. Entries are never changed or taken away, but where the law asks
-- for it: purging what is older than the school keeps, and erasing a person, open the gate for their own statement.
CREATE TABLE audit (
  seq BIGINT NOT NULL PRIMARY KEY,
  at BIGINT NOT NULL,
  school_id TEXT NOT NULL,
  actor TEXT NOT NULL,
  actor_name TEXT NOT NULL,
  address TEXT NOT NULL,
  action TEXT NOT NULL,
  entity TEXT NOT NULL,
  entity_id TEXT NOT NULL,
  before TEXT NOT NULL,
  after TEXT NOT NULL
);
CREATE INDEX audit_of_school ON audit (school_id, seq);
CREATE INDEX audit_of_entity ON audit (entity_id, seq);
CREATE TABLE audit_gate (open BIGINT NOT NULL);
INSERT INTO audit_gate (open) VALUES (0);
CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit WHEN (SELECT open FROM audit_gate) = 0 BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_undeleted BEFORE DELETE ON audit WHEN (SELECT open FROM audit_gate) = 0 BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
