-- ORDER BY … LIMIT 1 and not MAX, which would read all earlier observations: the query is in no index.
INSERT INTO {stretches} (series, source, query, id, from_at, to_at)
SELECT '{series}', source, query, {series},
       COALESCE((SELECT engagement.observed_at FROM engagement
                 WHERE engagement.source = batch.source AND engagement.{series} = batch.{series}
                   AND engagement.query = batch.query AND {is_known} AND engagement.observed_at < batch.first_at
                 ORDER BY engagement.observed_at DESC LIMIT 1), first_at),
       COALESCE((SELECT engagement.observed_at FROM engagement
                 WHERE engagement.source = batch.source AND engagement.{series} = batch.{series}
                   AND engagement.query = batch.query AND {is_known} AND engagement.observed_at > batch.last_at
                 ORDER BY engagement.observed_at LIMIT 1), last_at)
FROM (
  SELECT source, query, {series}, MIN(observed_at) AS first_at, MAX(observed_at) AS last_at
  FROM {staged} WHERE reason IS NULL AND {series} IS NOT NULL AND {is_known}
  GROUP BY source, query, {series}
) batch
