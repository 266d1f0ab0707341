-- Conversations of handlers/ask.
SELECT 1;
