-- The runtime: inbox, outbox, timers, rooms, choices.
SELECT 1;
