-- How much voice a packet to the students carries, in ms: 20, 40 or 60. Longer costs less and waits longer.
ALTER TABLE lessons ADD COLUMN voice_packet_ms INTEGER NOT NULL DEFAULT 20;
