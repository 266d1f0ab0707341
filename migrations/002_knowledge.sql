-- The knowledge base.
SELECT 1;
