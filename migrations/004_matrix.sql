-- The account of the bot.
SELECT 1;
