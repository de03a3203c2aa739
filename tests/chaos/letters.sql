-- The dead letters: each record whole, and who gave a reason.
SELECT topic, partition, offset, key, value, arraySort(arrayMap(reason -> reason.reader, reasons)) AS readers FROM letters
