-- Compares two listings, as `campanile diff` does: which entries of SRC are not in DST, or are another object there.
--
--   hive -f diff.q -d SRC=/run/photos.list -d DST=/run/copies.list -d DIFF=/run/diff.list [-d ALL=true]
--
-- | variable | is |
-- | --- | --- |
-- | SRC, DST | directories of entries, as bucketlist writes them |
-- | DIFF | the directory that the difference is written to, as lines of entries; what was there is gone |
-- | ALL | true: also what only DST has, and each line says what it is, by change=added, changed or removed |
--
-- Two objects are the same when size and ETag are. An ETag that is not known (\N, or empty) is equal to none.
--
-- Keys are joined as they are written, escaped: the escape is one-to-one, and no escaped key has a tab or a line end, or
-- is \N, which is NULL here. So no row is cut in two and every key is compared with itself.
--
-- The tables are temporary: they are of this session alone, whatever other runs share its metastore.

-- What reads the difference line by line needs it unpacked, and in no sub-directories.
SET hive.exec.compress.output=false;
SET hive.merge.mapfiles=false;
SET hive.merge.mapredfiles=false;
SET hive.merge.tezfiles=false;

CREATE TEMPORARY EXTERNAL TABLE src (key STRING, etag STRING, size BIGINT, mtime STRING, attributes STRING)
ROW FORMAT DELIMITED FIELDS TERMINATED BY '\t' LINES TERMINATED BY '\n' LOCATION '${SRC}';

CREATE TEMPORARY EXTERNAL TABLE dst (key STRING, etag STRING, size BIGINT, mtime STRING, attributes STRING)
ROW FORMAT DELIMITED FIELDS TERMINATED BY '\t' LINES TERMINATED BY '\n' LOCATION '${DST}';

-- A line is made whole here: its last column, of attributes, is there only when it says something.
INSERT OVERWRITE DIRECTORY '${DIFF}'
SELECT concat_ws('\t', key, coalesce(etag, '\\N'), cast(size AS STRING), mtime,
                 IF(attributes = '', NULL, attributes))
FROM (
  SELECT IF(change = 'removed', dst_key, src_key) AS key,
         IF(change = 'removed', dst_etag, src_etag) AS etag,
         IF(change = 'removed', dst_size, src_size) AS size,
         IF(change = 'removed', dst_mtime, src_mtime) AS mtime,
         concat_ws('&',
                   IF(change = 'removed', dst_attributes, src_attributes),
                   IF('${ALL}' = 'true', concat('change=', change), NULL),
                   IF('${ALL}' = 'true' AND change = 'changed' AND src_size <> dst_size, 'by=size', NULL),
                   IF('${ALL}' = 'true' AND change = 'changed' AND dst_etag <> '',
                      concat('replaces=', dst_etag), NULL)
         ) AS attributes,
         change
  FROM (
    SELECT src.key AS src_key, src.etag AS src_etag, src.size AS src_size, src.mtime AS src_mtime,
           src.attributes AS src_attributes,
           dst.key AS dst_key, dst.etag AS dst_etag, dst.size AS dst_size, dst.mtime AS dst_mtime,
           dst.attributes AS dst_attributes,
           CASE
             WHEN dst.key IS NULL THEN 'added'
             WHEN src.key IS NULL THEN 'removed'
             WHEN src.size = dst.size AND src.etag = dst.etag AND src.etag <> '' THEN 'same'
             ELSE 'changed'
           END AS change
    FROM src FULL OUTER JOIN dst ON src.key = dst.key
  ) pairs
) changes
WHERE change <> 'same' AND (change <> 'removed' OR '${ALL}' = 'true');
