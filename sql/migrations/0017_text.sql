-- What a post says, at most 32,768 characters: NULL where it was deleted, where its source tells no text, and where
-- texts are not to be kept. 25,000 characters of X may be 100,000 bytes, more than a TEXT holds.
ALTER TABLE posts ADD COLUMN text MEDIUMTEXT COLLATE utf8mb4_bin NULL;
ALTER TABLE hidden_records ADD COLUMN text MEDIUMTEXT COLLATE utf8mb4_bin NULL;

-- Where the newest posts of each source are, some hundred. An index of `posts` by time would cost each post 3 µs, and
-- this costs each batch one pass over what is staged. A row may outlive its post: charts join the two.
CREATE TABLE newest_posts (
  source     VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  created_at DATETIME(3)  NOT NULL,
  post_id    VARCHAR(255) COLLATE utf8mb4_bin NOT NULL,
  PRIMARY KEY (source, created_at, post_id)
) DEFAULT CHARACTER SET utf8mb4;
