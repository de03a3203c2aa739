-- The highest number given out in a zone.
SELECT max(number) FROM ids WHERE kind = :kind AND number >= :first AND number <= :last
