-- engagement_windows, engagement_days. The neighbors of a batch mostly contribute what they did: those rows are left.
INSERT INTO engagement_{period}s ({period}_at, source, query, {columns})
SELECT {period}_at, source, query, {columns} FROM (
  SELECT {period}_at, source, query, SUM(sign * is_post) AS observations,
         SUM(sign * is_post * ends_{period}) AS posts, SUM(sign * is_first) AS firsts, {counts},
         SUM(sign * ends_{period} * followers) AS followers, {changes}
  FROM {contributions} GROUP BY {period}_at, source, query
) changed
WHERE {is_changed}
ON DUPLICATE KEY UPDATE {added}
