-- What a class said and did beside voice and pictures: chat, hands, polls, signals, settings, who was shown out. A
-- lesson's state is the fold of its events in the order of seq; what anybody was told is here first. actor: the
-- participant; actor_name: as she was called then, '' once she was erased. body: JSON, by kind.
CREATE TABLE class_events (
  lesson_id TEXT NOT NULL REFERENCES lessons (id) ON DELETE CASCADE,
  seq BIGINT NOT NULL,
  at BIGINT NOT NULL,
  kind TEXT NOT NULL,
  actor TEXT NOT NULL,
  actor_name TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (lesson_id, seq)
);
CREATE INDEX class_events_by_kind ON class_events (lesson_id, kind, seq);
CREATE INDEX class_events_of_actor ON class_events (actor);
-- Private lines between students: off, supervised (teachers see them), free.
ALTER TABLE schools ADD COLUMN private_chat TEXT NOT NULL DEFAULT 'supervised';
