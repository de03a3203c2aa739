-- The log is another one: nothing that was read from the former holds.
DELETE FROM ids;
DELETE FROM state;
