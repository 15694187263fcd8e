-- For each number of uses that a staged row may hold, a row for each of them: how packed hashtags are taken apart.
CREATE TABLE pieces (
  uses  INT NOT NULL,
  piece INT NOT NULL,
  PRIMARY KEY (uses, piece)
);

INSERT INTO pieces (uses, piece)
WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < 64)
SELECT many.n, one.n FROM numbers many JOIN numbers one ON one.n < many.n;
